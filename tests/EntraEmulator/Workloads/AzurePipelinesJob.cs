using System.Security.Cryptography;

namespace MonitorToken.EntraEmulator;

/// <summary>A job of Azure Pipelines that may use one service connection.</summary>
public sealed class AzurePipelinesJob
{
    private readonly Emulator _emulator;

    internal AzurePipelinesJob(Emulator emulator) => _emulator = emulator;

    /// <summary>What SYSTEM_OIDCREQUESTURI is in the job.</summary>
    public Uri RequestUrl => new(_emulator.HttpsAddress, Path);

    /// <summary>What SYSTEM_ACCESSTOKEN is in the job, if it has been given it.</summary>
    public string AccessToken { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    public Guid ServiceConnectionId { get; } = Guid.NewGuid();

    internal string Path { get; } = AzurePipelinesEndpoints.Path(
        $"{Guid.NewGuid()}", $"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
}
