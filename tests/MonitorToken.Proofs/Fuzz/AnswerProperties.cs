using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using MonitorToken.Engine;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>
/// What is made of answers, whoever sends them: by the same steps as for a request, without the wire.
/// </summary>
internal static class AnswerProperties
{
    private const string Authority = "https://login.microsoftonline.com";

    /// <summary>What an answer can end in.</summary>
    public static readonly TokenError[] Documented =
    [
        AuthenticationFailed, ResourceNotFound, InteractionRequired, AuthorityUnreachable, Throttled, InvalidResponse,
        InvalidTenant, InvalidResource, CredentialUnavailable, TokenError.Timeout,
    ];

    private static readonly int[] Statuses =
    [
        200, 200, 200, 200, 201, 204, 301, 400, 400, 400, 401, 401, 403, 404, 405, 408, 410, 429, 500, 502, 503, 504,
        599,
    ];

    private static readonly HttpClientTransport Transport = new();

    private static readonly CredentialOptions Application = new()
    {
        Name = "ClientSecret",
        Authority = MonitorToken.Authority.For(AzureEnvironment.AzureCloud),
        TenantId = "72f988bf-86f1-41af-91ab-2d7cd011db48",
        ClientId = "0b1c2d3e-0000-0000-0000-000000000002",
    };

    public static IReadOnlyList<Property> Of(TrueBodies bodies) =>
    [
        Property.OfTasks(
            "An answer of Entra's is a token that it holds, or a documented failure",
            10_000,
            draw => Canned.Of(draw, OddJson.Spoil(draw, bodies.Entra, bodies.Token), Statuses),
            EntraAsync,
            Show,
            sideBySide: 1),
        Property.OfTasks(
            "An answer of a managed identity's host is a token that it holds, or a documented failure",
            7_000,
            draw => Canned.Of(draw, OddJson.Spoil(draw, bodies.ManagedIdentity, bodies.Token), Statuses),
            ManagedIdentityAsync,
            Show,
            sideBySide: 1),
        Property.Of(
            "A sentence of a service's is fit to be shown",
            4_000,
            draw => OddText.Spoil(draw, "AADSTS90033: A transient error has occurred. Trace ID: 0 Timestamp: x"),
            said => Judged.Try(
                () => throw Failure.FromEntra("e", said, null, null, "ClientSecret", Ask()), said, [], Documented)),
    ];

    private static TokenRequest Ask() => TokenRequest.ForResource("https://fuzz.example", null);

    private static Task<string?> EntraAsync(Canned answer) => JudgeAsync(
        answer,
        RequestMethod.Post,
        new Uri(Authority + "/common/oauth2/v2.0/token"),
        new EntraAnswers(new Uri(Authority), "ClientSecret", whereNotVouched: null),
        // As the v1 endpoint's refusals are told.
        read => Failure.FromEntra(
            read.Text("error"),
            read.Text("error_description") ?? read.Text("error")!,
            read.Text("claims"),
            read.Text("correlation_id"),
            "ClientSecret",
            Ask()));

    private static Task<string?> ManagedIdentityAsync(Canned answer) => JudgeAsync(
        answer,
        RequestMethod.Get,
        new Uri("http://169.254.169.254/metadata/identity/oauth2/token"),
        new ManagedIdentityAnswers(Application, "ManagedIdentity", Ask(), Engine.ManagedIdentity.ManagedIdentityHost.Arc),
        read => read.Status == 401
            ? Failure.InvalidResponse("ManagedIdentity", "a challenge")
            : new InvalidOperationException("A refusal was let through."));

    private static Task<string?> JudgeAsync(
        Canned answer, RequestMethod method, Uri address, AnswerPolicy policy, Func<Answer, Exception> refusal) =>
        Judged.TryAsync(
            async () =>
            {
                using var message = new HttpMessage(Transport.CreateRequest(), new ResponseClassifier());
                message.Request.Method = method;
                message.Request.Uri.Reset(address);
                await policy.ProcessAsync(message, new HttpPipelinePolicy[] { new Sender(answer) });
                var read = new Answer(message.Response);
                if (read.Status >= 300)
                    throw refusal(read);

                var caller = new RecordingCaller();
                DateTimeOffset expiresOn = read.ExpiresOn
                    ?? throw new InvalidOperationException("A token was let through.");
                AccessToken token =
                    AccessTokens.From(read.Token, expiresOn, refreshOn: null, Ask(), new Asker(), caller);
                return Accepted.Wrong(token, answer.Body)
                    ?? caller.Warnings.Select(said => Judged.Wrong(said, answer.Body.Secrets))
                        .FirstOrDefault(wrong => wrong is not null);
            },
            answer.Body.Text,
            answer.Body.Secrets,
            Documented);

    private static string Show(Canned answer) =>
        $"HTTP {answer.Status.ToString(CultureInfo.InvariantCulture)} {answer.RetryAfter} {answer.Body.Text}";

    /// <summary>Stands for the rest of the pipeline, down to the wire.</summary>
    private sealed class Sender(Canned answer) : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            message.Response = new CannedResponse(answer);

        public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            Process(message, pipeline);
            return default;
        }
    }

    /// <summary>Who is named in what is told.</summary>
    private sealed class Asker() : EntraCredential(Application)
    {
        public override string Name => "ClientSecret";

        internal override string Identity => Name;

        internal override string KeyNow() => Identity;

        internal override AccessToken? FromMemory(TokenRequest request) => null;

        internal override AccessToken? FromMemory(string key, TokenRequest request) => null;

        internal override Task<AccessToken> GetTokenAsync(
            TokenRequest request, ICaller caller, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
