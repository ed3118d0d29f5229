// What a program with Microsoft's packages does, as their pages show it. One line of JSON for each step: what came, or
// how it failed.
import { AzurePipelinesCredential, ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";
import { LogsIngestionClient } from "@azure/monitor-ingestion";
import { LogsQueryClient } from "@azure/monitor-query-logs";
import { MetricsClient } from "@azure/monitor-query-metrics";

const { env } = process;
const resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-01";
const timespan = { duration: "PT1H" };
const scope = "https://api.loganalytics.io/.default";

async function step(name, act) {
  let outcome;
  try {
    outcome = { value: await act() };
  } catch (error) {
    outcome = { error: `${error.name}: ${error.code ?? ""} ${error.message}` };
  }

  console.log(JSON.stringify({ name, ...outcome }));
}

const secret = new ClientSecretCredential(env.EMULATOR_TENANT_ID, env.EMULATOR_CLIENT_ID, env.EMULATOR_CLIENT_SECRET);
const logs = new LogsQueryClient(secret);
const metrics = (options) =>
  new MetricsClient("https://westeurope.metrics.monitor.azure.com", secret, options)
    .queryResources([resource], ["Percentage CPU"], "Microsoft.Compute/virtualMachines");

await step("workspace", async () => {
  const options = { includeQueryStatistics: true, includeVisualization: true };
  const answer = await logs.queryWorkspace("w", "Heartbeat | render barchart", timespan, options);
  return [answer.tables[0].rows.length, Object.keys(answer.statistics), answer.visualization.visualization];
});
await step("resource", async () => (await logs.queryResource(resource, "Heartbeat", timespan)).tables[0].rows.length);
await step("batch", async () => {
  const queries = ["Heartbeat", ""].map((query) => ({ workspaceId: "w", query, timespan }));
  return (await logs.queryBatch(queries)).map((answer) => answer.status ?? answer.code);
});
await step("invalid", () => logs.queryWorkspace("w", " ", timespan));
await step("ingestion", () =>
  new LogsIngestionClient("https://dce-1.westeurope-1.ingest.monitor.azure.com", secret)
    .upload("dcr-1", "Custom-Builds", [{ Name: "build" }]).then(() => "taken"));
await step("metrics", async () =>
  (await metrics({ audience: "https://metrics.monitor.azure.com/.default" }))[0].metrics[0].name);
await step("metrics by default", () => metrics());

const length = async (credential) => (await credential.getToken(scope)).token.split(".").length;
await step("default", () => length(new DefaultAzureCredential()));

env.SYSTEM_OIDCREQUESTURI = env.EMULATOR_PIPELINES_URL;
await step("pipelines", () => length(new AzurePipelinesCredential(
  env.EMULATOR_TENANT_ID, env.EMULATOR_CLIENT_ID, env.EMULATOR_SERVICE_CONNECTION_ID, env.EMULATOR_PIPELINES_TOKEN)));
