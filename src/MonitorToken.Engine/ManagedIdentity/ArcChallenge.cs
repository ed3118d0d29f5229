using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Validates the challenge of the Azure Arc agent. The agent proves that a process may have a token by the name of a
/// key file that only permitted users can read. MSAL reads the file, but reports any problem with it as an unspecified
/// failure, so the same rules are checked here first.
/// </summary>
internal static class ArcChallenge
{
    /// <summary>The largest key file, in characters; the limit of MSAL (4096 bytes).</summary>
    private const int MaxKeyLength = 4096;

    private const string Agent =
        "See with azcmagent show whether the Azure Connected Machine agent is well, and restart it; check that nothing "
            + "else answers at IDENTITY_ENDPOINT.";

    /// <summary>The folder of the key files, which the agent and MSAL have built in.</summary>
    private static string Folder => Path.DirectorySeparatorChar == '\\'
        ? Environment.ExpandEnvironmentVariables(@"%ProgramData%\AzureConnectedMachineAgent\Tokens\")
        : "/var/opt/azcmagent/tokens/";

    /// <summary>Validates a challenge and the key file that it names.</summary>
    /// <param name="challenge">The value of the WWW-Authenticate header.</param>
    /// <param name="credentialName">The name of the credential, for error messages.</param>
    /// <exception cref="TokenException">MSAL would reject the challenge, or could not send the key.</exception>
    public static void Check(string challenge, string credentialName)
    {
        string[] parts = challenge.Split(['='], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2)
            throw Invalid("the Azure Arc agent's challenge, which names no key file", credentialName);

        string path = parts[1];
        string shown = TextSanitizer.OneLine(path);
        if (path != Folder + NameOf(path) + ".key")
            throw Invalid(
                $"the Azure Arc agent's challenge with the key file '{shown}', which is not in {Folder} and was not "
                    + "read",
                credentialName);

        switch (Read(path, credentialName))
        {
            case null:
                throw Invalid(
                    $"the Azure Arc agent's challenge with the key file '{shown}', which does not exist",
                    credentialName);
            case { Length: > MaxKeyLength }:
                throw Invalid(
                    $"the Azure Arc agent's challenge with the key file '{shown}', which is too long to be a key",
                    credentialName);
            case { } key when !ManagedIdentityHost.FitsHeader(key):
                throw Failed(
                    TokenError.AuthenticationFailed,
                    $"{credentialName} got no token: the Azure Arc agent's key file '{shown}' holds a line break or "
                        + "another character that cannot be sent in a header, so the key was not sent.",
                    "Restart the Azure Connected Machine agent, which writes its keys anew; let nothing else write to "
                        + "that folder.",
                    credentialName);
        }
    }

    private static string? NameOf(string path)
    {
        try
        {
            return Path.GetFileNameWithoutExtension(path);
        }
        catch (ArgumentException)
        {
            // .NET Framework throws this for characters that are not allowed in a path.
            return null;
        }
    }

    private static string? Read(string path, string credentialName)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw Failed(
                TokenError.AuthenticationFailed,
                "This user may not read the key file of the Azure Arc agent, which is required for a token.",
                "Run it as administrator or root, or add the user to the group himds (on Windows: "
                    + "Hybrid agent extension applications).",
                credentialName);
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            throw Failed(
                TokenError.AuthorityUnreachable,
                $"{credentialName} got no token: the Azure Arc agent's key file '{TextSanitizer.OneLine(path)}' is in use.",
                "Try again.",
                credentialName);
        }
    }

    private static TokenException Invalid(string what, string credentialName) =>
        TokenErrors.InvalidResponse(credentialName, what, Agent);

    private static TokenException Failed(TokenError error, string message, string action, string credentialName) =>
        new(error, message, action) { CredentialName = credentialName };
}
