namespace MonitorToken.Tests.Caching;

/// <summary>Tokens that nobody has sent, where it is the memory alone that matters.</summary>
internal static class MadeUp
{
    public static AccessToken Token(string text, TokenRequest request) => Token(text, request, DateTimeOffset.UtcNow);

    public static AccessToken Token(string text, TokenRequest request, DateTimeOffset now) =>
        new(Engine.Secret.Of(text))
        {
            Resource = request.Resource,
            Scopes = request.Scopes,
            TokenType = "Bearer",
            ExpiresOn = now.AddHours(1),
            RefreshOn = now.AddMinutes(50),
            NotBefore = now,
            CredentialName = "Test",
        };
}
