using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Azure Arc's agent first names a file that only those may read who may have a token. MSAL reads it, and says of one
/// that it does not take no more than that something failed; so it is looked at here first, by the same rules.
/// </summary>
internal static class ArcChallenge
{
    /// <summary>No key is longer.</summary>
    private const int Longest = 4096;

    private const string Agent =
        "See with azcmagent show whether the Azure Connected Machine agent is well, and restart it; check that nothing "
            + "else answers at IDENTITY_ENDPOINT.";

    private static string Folder => Path.DirectorySeparatorChar == '\\'
        ? Environment.ExpandEnvironmentVariables(@"%ProgramData%\AzureConnectedMachineAgent\Tokens\")
        : "/var/opt/azcmagent/tokens/";

    /// <param name="challenge">The header by which the agent names the file.</param>
    /// <param name="credentialName">Who asks.</param>
    /// <exception cref="TokenException">The library would not take it, or could not send what is in it.</exception>
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
            case { Length: > Longest }:
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
            // On .NET Framework, for a character that no path may have.
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
                "This user may not read the file by which the Azure Arc agent tells who may have a token.",
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
