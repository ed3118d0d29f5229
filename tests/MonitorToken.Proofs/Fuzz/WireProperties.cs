using System.Net;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>The same answers over the wire, so that what the libraries make of them is in it too.</summary>
internal static class WireProperties
{
    /// <summary>What is tried again takes its time, so little of it.</summary>
    private static readonly int[] Statuses =
        [.. Enumerable.Repeat(200, 24), .. Enumerable.Repeat(400, 16), .. Enumerable.Repeat(
            401,
            8), 403, 404, 405, 503];

    private const int SideBySide = 12;

    public static IReadOnlyList<Property> Of(Emulator emulator, TrueBodies bodies) =>
    [
        Property.OfTasks(
            "A sign-in that is answered with anything ends in a token that was sent, or in a documented failure",
            1_500,
            draw => (IsV1: draw.OneIn(3), Answer: Canned.Of(
                draw,
                OddJson.Spoil(draw, bodies.Entra, bodies.Token),
                Statuses)),
            ask => EntraAsync(emulator, ask.IsV1, ask.Answer),
            ask => $"{(ask.IsV1 ? "v1" : "v2")} HTTP {ask.Answer.Status} {ask.Answer.Body.Text}",
            SideBySide),
        Property.OfTasks(
            "A managed identity that is answered with anything ends in a token that was sent, or in a documented "
                + "failure",
            600,
            draw => Canned.Of(draw, OddJson.Spoil(draw, bodies.ManagedIdentity, bodies.Token), Statuses),
            answer => ManagedIdentityAsync(emulator, answer),
            answer => $"HTTP {answer.Status} {answer.Body.Text}",
            SideBySide),
    ];

    private static Task<string?> EntraAsync(Emulator emulator, bool isV1, Canned answer)
    {
        // Nobody's, so that nothing of another input is in memory and no other request is spoilt.
        string tenant = Guid.NewGuid().ToString();
        return AskAsync(
            emulator,
            answer,
            new FaultMatch { Path = $"/{tenant}/" },
            new CredentialOptions
            {
                Name = "ClientSecret",
                Authority = Authority.For(AzureEnvironment.AzureCloud),
                TenantId = tenant,
                ClientId = Guid.NewGuid().ToString(),
                ClientSecret = new NetworkCredential("", "canary-5f0c2d-Zk81-qW3x-9vLt").SecurePassword,
                UseV1Endpoint = isV1,
            },
            TokenRequest.ForResource("https://fuzz.example", null));
    }

    private static Task<string?> ManagedIdentityAsync(Emulator emulator, Canned answer)
    {
        string resource = $"https://{Guid.NewGuid():n}.example";
        return AskAsync(
            emulator,
            answer,
            new FaultMatch { Resource = resource },
            new CredentialOptions
            {
                Name = "ManagedIdentity",
                Authority = Authority.For(AzureEnvironment.AzureCloud),
            },
            TokenRequest.ForResource(resource, null));
    }

    private static async Task<string?> AskAsync(
        Emulator emulator, Canned answer, FaultMatch match, CredentialOptions options, TokenRequest request)
    {
        var fault = new Fault
        {
            Match = match,
            Status = answer.Status,
            BodyBytes = answer.Body.Bytes,
            ContentType = "application/json; charset=utf-8",
        };
        var caller = new RecordingCaller { WantsDebug = false };
        emulator.Faults.Add(fault);
        try
        {
            return await Judged.TryAsync(
                async () =>
                {
                    AccessToken token = await CredentialCatalog.Create(options).GetTokenAsync(request, caller, default);
                    return Accepted.Wrong(token, answer.Body);
                },
                answer.Body.Text,
                answer.Body.Secrets,
                AnswerProperties.Documented) ?? caller.Warnings.Concat(caller.Verboses)
                    .Select(said => Judged.Wrong(said, answer.Body.Secrets)).FirstOrDefault(wrong => wrong is not null);
        }
        finally
        {
            emulator.Faults.Remove(fault);
        }
    }
}
