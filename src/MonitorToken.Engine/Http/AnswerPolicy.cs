using Azure.Core;
using Azure.Core.Pipeline;
using MonitorToken.Engine.Answers;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Judges each final answer before a library sees it. What is no usable answer ends the request here: the libraries
/// would take an expiry in the past for a duration, fail over a missing field, or remember a failure for a minute.
/// </summary>
internal abstract class AnswerPolicy(string credentialName) : HttpPipelinePolicy
{
    /// <summary>When the last token that came expires, as its answer says; null before the first one.</summary>
    public DateTimeOffset? ExpiresOn { get; private set; }

    /// <summary>What was wrong with the last answer. Some libraries make an exception of their own of ours.</summary>
    public TokenException? Problem { get; private set; }

    protected string CredentialName { get; } = credentialName;

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        ProcessAsync(message, pipeline).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
            Judge(message, new Answer(message.Response));
            Problem = null;
        }
        catch (Exception exception) when (!message.CancellationToken.IsCancellationRequested)
        {
            Problem = exception as TokenException
                ?? Failure.OfConnection(exception, message.Request.Uri.Host!, CredentialName);
            throw Problem;
        }
    }

    /// <exception cref="TokenException">The answer is none that the library should see.</exception>
    protected abstract void Judge(HttpMessage message, Answer answer);

    protected void MustBeToken(Answer answer)
    {
        if (string.IsNullOrEmpty(answer.Token) || answer.ExpiresOn is not { } expiresOn)
            throw Failure.InvalidResponse(CredentialName, answer.Kind);

        ExpiresOn = AccessTokens.Judge(answer.Token, expiresOn, CredentialName).ExpiresOn;
    }
}
