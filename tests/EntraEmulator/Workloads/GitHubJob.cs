using System.Security.Cryptography;

namespace MonitorToken.EntraEmulator;

/// <summary>A job of GitHub Actions that may ask for a token about itself.</summary>
public sealed class GitHubJob
{
    private readonly Emulator _emulator;

    internal GitHubJob(Emulator emulator) => _emulator = emulator;

    /// <summary>What ACTIONS_ID_TOKEN_REQUEST_URL is in the job: clients append &amp;audience=….</summary>
    public Uri RequestUrl => new(_emulator.HttpAddress, $"{GitHubEndpoints.Path}?api-version=2.0");

    /// <summary>What ACTIONS_ID_TOKEN_REQUEST_TOKEN is in the job.</summary>
    public string RequestToken { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);
}
