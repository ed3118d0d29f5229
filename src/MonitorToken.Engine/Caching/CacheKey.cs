namespace MonitorToken.Engine.Caching;

/// <summary>The cache key: everything that distinguishes one token from another.</summary>
/// <param name="Credential">The identity and the authority, with a digest of the secret.</param>
/// <param name="Scopes">The scopes that the token is for.</param>
/// <param name="Claims">The claims challenge that the token answers; null for none.</param>
/// <param name="TokenCacheName">The name of the persistent cache that stores the sign-in; null for none.</param>
internal sealed record CacheKey(
    string Credential, string Scopes, string? Claims = null, string? TokenCacheName = null);
