using System.Globalization;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Gets a Microsoft Entra access token for an Azure Monitor resource.</summary>
[Cmdlet(VerbsCommon.Get, "MonitorToken", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(AccessToken))]
[OutputType(typeof(System.Collections.Hashtable))]
[OutputType(typeof(System.Security.SecureString))]
[OutputType(typeof(string))]
[OutputType("MonitorToken.RestResponse")]
public sealed class GetMonitorTokenCommand : CredentialCommand
{
    private bool _hasAsked;

    /// <summary>A resource's name, or an absolute https address that is asked for to the letter.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    [AllowEmptyString]
    public string[]? Resource { get; set; }

    /// <summary>The address that will be called with the token; the resource and the cloud follow from its host.</summary>
    [Parameter]
    public Uri[]? Uri { get; set; }

    /// <summary>Scopes of the v2 endpoint, for one token.</summary>
    [Parameter]
    [AllowEmptyString]
    public string[]? Scope { get; set; }

    /// <summary>A claims request in JSON, such as the one that came with an earlier challenge.</summary>
    [Parameter]
    public string? Claims { get; set; }

    /// <summary>How many seconds to wait at most. Without it, as long as the way of signing in takes.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    /// <summary>How long the token must still be valid; a token from memory that is not is renewed.</summary>
    [Parameter]
    public TimeSpan MinimumLifetime { get; set; }

    /// <summary>Ask the identity service even though a token is in memory.</summary>
    [Parameter]
    public SwitchParameter ForceRefresh { get; set; }

    /// <summary>Return a hashtable with the Authorization header, for Invoke-RestMethod -Headers.</summary>
    [Parameter]
    public SwitchParameter AsHeader { get; set; }

    /// <summary>Return the token alone, as a SecureString.</summary>
    [Parameter]
    public SwitchParameter AsSecureString { get; set; }

    /// <summary>Return the token alone, as a plain string.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Return the seven properties of the v1 endpoint's answer, for ConvertTo-Json.</summary>
    [Parameter]
    public SwitchParameter AsRestResponse { get; set; }

    /// <summary>Checks what can be checked before the first resource arrives.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (new[] { AsHeader, AsSecureString, AsPlainText, AsRestResponse }.Count(output => output.IsPresent) > 1)
            Reject(TokenError.InvalidOption, "More than one form of output was asked for.", "Give one of -AsHeader, -AsSecureString, -AsPlainText and -AsRestResponse.");
    }

    /// <summary>Gets a token for each resource, address or set of scopes.</summary>
    protected override void ProcessRecord()
    {
        if (new object?[] { Resource, Uri, Scope }.Count(ask => ask is not null) > 1)
            Reject(TokenError.InvalidResource, "More than one of -Resource, -Uri and -Scope was given.", "Give exactly one of them.");

        foreach (string resource in Resource ?? [])
            WriteToken(() => TokenRequest.ForResource(resource, SelectAuthority(null).Environment));
        foreach (Uri uri in Uri ?? [])
            WriteToken(() => TokenRequest.ForEndpoint(uri));
        if (Scope is not null)
            WriteToken(() => TokenRequest.ForScopes(Scope));
    }

    /// <summary>Complains if nothing was asked for.</summary>
    protected override void EndProcessing()
    {
        if (!_hasAsked && !MyInvocation.ExpectingInput)
            Reject(
                TokenError.InvalidResource,
                "There is no resource to get a token for.",
                $"Give -Resource with one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)}, or an absolute https address; or give -Uri or -Scope.");
    }

    private void WriteToken(Func<TokenRequest> ask)
    {
        _hasAsked = true;
        Credential? credential = null;
        AccessToken token = Await(() => credential, async (messages, cancellationToken) =>
        {
            TokenRequest request = ask() with
            {
                Claims = Claims,
                MinimumLifetime = MinimumLifetime,
                ForceRefresh = ForceRefresh,
                Timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null,
            };
            credential = CreateCredential(SelectAuthority(request.Environment));
            return await credential.GetTokenAsync(request, messages, cancellationToken).ConfigureAwait(false);
        });

        WriteObject(
            AsHeader ? token.GetHeader()
            : AsSecureString ? token.Token
            : AsPlainText ? token.GetPlainText()
            : AsRestResponse ? RestResponse(token)
            : token);
    }

    /// <summary>The v1 endpoint's answer as Microsoft documents it: seven properties in this order, all strings.</summary>
    private static PSObject RestResponse(AccessToken token)
    {
        string expiresIn = ((long)token.ExpiresIn.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var response = new PSObject();
        response.TypeNames.Insert(0, "MonitorToken.RestResponse");
        foreach ((string name, string value) in new[]
        {
            ("token_type", token.TokenType),
            ("expires_in", expiresIn),
            ("ext_expires_in", expiresIn),
            ("expires_on", token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            ("not_before", token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            ("resource", token.Resource),
            ("access_token", token.GetPlainText()),
        })
            response.Properties.Add(new PSNoteProperty(name, value));

        return response;
    }

    private void Reject(TokenError error, string message, string recommendedAction) =>
        ThrowTerminatingError(ErrorRecords.From(new TokenException(error, message, recommendedAction), target: null));
}
