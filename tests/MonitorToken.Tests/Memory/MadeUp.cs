namespace MonitorToken.Tests.Memory;

/// <summary>Tokens that nobody has sent, where it is the memory alone that matters.</summary>
internal static class MadeUp
{
    public static AccessToken Token(string text, TokenRequest request) => new(Engine.Secret.Of(text))
    {
        Resource = request.Resource,
        Scopes = request.Scopes,
        TokenType = "Bearer",
        ExpiresOn = DateTimeOffset.UtcNow.AddHours(1),
        RefreshOn = DateTimeOffset.UtcNow.AddMinutes(50),
        NotBefore = DateTimeOffset.UtcNow,
        CredentialName = "Test",
    };
}
