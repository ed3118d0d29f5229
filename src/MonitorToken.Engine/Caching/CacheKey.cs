namespace MonitorToken.Engine.Caching;

/// <summary>All that makes one token another than the next.</summary>
/// <param name="Credential">Who signs in, and where.</param>
/// <param name="Scopes">What for.</param>
/// <param name="Claims">What is asked for beside that; null for nothing.</param>
/// <param name="TokenCacheName">The persistent cache that the sign-in is kept in; null for none.</param>
internal sealed record CacheKey(
    string Credential, string Scopes, string? Claims = null, string? TokenCacheName = null);
