using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Validates the challenge of the Azure Arc agent, which names a key file that only permitted users can read. MSAL
/// answers the challenge, but reports any problem with the file as an unspecified failure, so the same rules are
/// checked here first.
/// </summary>
internal static class ArcChallenge
{
    /// <summary>The largest key file, in characters; the limit of MSAL (4096 bytes).</summary>
    private const int MaxKeyLength = 4096;

    /// <summary>The folder of the key files, which is fixed in the agent and in MSAL.</summary>
    private static string Folder => Path.DirectorySeparatorChar == '\\'
        ? Environment.ExpandEnvironmentVariables(@"%ProgramData%\AzureConnectedMachineAgent\Tokens\")
        : "/var/opt/azcmagent/tokens/";

    /// <summary>Validates a challenge (a WWW-Authenticate header) and the key file that it names.</summary>
    /// <exception cref="TokenException">MSAL would reject the challenge, or could not send the key.</exception>
    public static void Check(string challenge, string credentialName)
    {
        string[] parts = challenge.Split(['='], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2)
            throw Invalid(" that doesn't name a key file");

        string path = parts[1];
        string shown = TextSanitizer.OneLine(path);
        // MSAL compares with case on Windows too.
        if (!IsInFolder(path, StringComparison.Ordinal))
            throw Invalid(IsInFolder(path, StringComparison.OrdinalIgnoreCase)
                ? $" with the key file '{shown}', which differs in case from {Folder}*.key and wasn't read"
                : $" with the key file '{shown}', which isn't in {Folder} and wasn't read");

        string key;
        try
        {
            key = File.ReadAllText(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw Failed(
                TokenError.AuthenticationFailed,
                "This user isn't allowed to read the key file of the Azure Arc agent, which is required for a token.",
                "Run it as administrator or root, or add the user to the group himds (on Windows: "
                    + "Hybrid agent extension applications).");
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Invalid($" with the key file '{shown}', which doesn't exist");
        }
        catch (IOException)
        {
            throw Failed(
                TokenError.AuthorityUnreachable,
                $"{credentialName} didn't get a token: the Azure Arc agent's key file '{shown}' is in use.",
                "Try again.");
        }

        if (key.Length > MaxKeyLength)
            throw Invalid($" with the key file '{shown}', which is too long to be a key");
        if (!ManagedIdentityHost.FitsHeader(key))
            throw Failed(
                TokenError.AuthenticationFailed,
                $"{credentialName} didn't get a token: the Azure Arc agent's key file '{shown}' contains a line break "
                    + "or another character that can't be sent in a header, so the key wasn't sent.",
                "Restart the Azure Connected Machine agent, which writes new keys. Don't let anything else write to "
                    + "that folder.");

        static bool IsInFolder(string path, StringComparison comparison) =>
            path.StartsWith(Folder, comparison)
            && path.EndsWith(".key", comparison)
            && path.IndexOfAny(Path.GetInvalidFileNameChars(), Folder.Length) < 0;

        TokenException Invalid(string detail) => TokenErrors.InvalidResponse(
            credentialName,
            $"the Azure Arc agent's challenge{detail}",
            "Run azcmagent show to check the Azure Connected Machine agent, and restart it. Also check that "
                + "nothing else responds at IDENTITY_ENDPOINT.");

        TokenException Failed(TokenError error, string message, string action) =>
            new(error, message, action) { CredentialName = credentialName };
    }
}
