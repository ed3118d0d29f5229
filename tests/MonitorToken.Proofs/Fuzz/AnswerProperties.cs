using System.Globalization;
using System.Net;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.ManagedIdentity;
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
                () => throw TokenErrors.FromEntra(said, "ClientSecret", Ask(), "e"), said, [], Documented)),
    ];

    private static TokenRequest Ask() => TokenRequest.ForResource("https://fuzz.example", null);

    private static Task<string?> EntraAsync(Canned answer) => JudgeAsync(
        HttpMethod.Post,
        new Uri(Authority + "/common/oauth2/v2.0/token"),
        new EntraResponseHandler(
            "ClientSecret", assertionIssuer: null, adviceWithoutAssertion: null, new Sender(answer)),
        answer,
        // As the v1 endpoint's refusals are told.
        read => TokenErrors.FromEntra(read, "ClientSecret", Ask()));

    private static Task<string?> ManagedIdentityAsync(Canned answer) => JudgeAsync(
        HttpMethod.Get,
        new Uri("http://169.254.169.254/metadata/identity/oauth2/token"),
        new ManagedIdentityResponseHandler(
            Application, "ManagedIdentity", Ask(), ManagedIdentityHost.Imds, imds: null, new Sender(answer)),
        answer,
        read => read.Status == 401
            ? TokenErrors.InvalidResponse("ManagedIdentity", "a challenge")
            : new InvalidOperationException("A refusal was let through."));

    private static Task<string?> JudgeAsync(
        HttpMethod method,
        Uri address,
        TokenResponseHandler handler,
        Canned answer,
        Func<TokenResponse, Exception> refusal) =>
        Judged.TryAsync(
            async () =>
            {
                using var client = new HttpMessageInvoker(handler);
                using var request = new HttpRequestMessage(method, address);
                using HttpResponseMessage response = await client.SendAsync(request, CancellationToken.None);
                TokenResponse read = await TokenResponse.FromAsync(response);
                if (read.Status >= 300)
                    throw refusal(read);

                var caller = new RecordingCaller();
                DateTimeOffset expiresOn = read.ExpiresOn
                    ?? throw new InvalidOperationException("A token was let through.");
                AccessToken token =
                    AccessTokenFactory.Create(read.Token, expiresOn, refreshOn: null, Ask(), new Asker(), caller);
                return Accepted.Wrong(token, answer.Body)
                    ?? caller.Warnings.Select(said => Judged.Wrong(said, answer.Body.Secrets))
                        .FirstOrDefault(wrong => wrong is not null);
            },
            answer.Body.Text,
            answer.Body.Secrets,
            Documented);

    private static string Show(Canned answer) =>
        $"HTTP {answer.Status.ToString(CultureInfo.InvariantCulture)} {answer.RetryAfter} {answer.Body.Text}";

    /// <summary>Stands for the rest of the chain, down to the wire.</summary>
    private sealed class Sender(Canned answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage((HttpStatusCode)answer.Status)
            {
                Content = new ByteArrayContent(answer.Body.Bytes),
            };
            if (answer.RetryAfter is { } time)
                response.Headers.TryAddWithoutValidation("Retry-After", time);
            return Task.FromResult(response);
        }
    }

    /// <summary>Who is named in what is told.</summary>
    private sealed class Asker() : Credential(Application)
    {
        public override string Name => "ClientSecret";

        internal override string Identity => Name;

        internal override bool IsForPeople => false;

        internal override string TryGetKey() => Identity;

        internal override Task<string> GetKeyAsync(CancellationToken cancellationToken) => Task.FromResult(Identity);

        internal override AccessToken? TryGetCached(TokenRequest request) => null;

        internal override AccessToken? TryGetCached(string key, TokenRequest request) => null;

        internal override Task<AccessToken> GetTokenAsync(
            TokenRequest request, ICallerContext caller, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
