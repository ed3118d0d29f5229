using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The part of the admin API by which apps get certificates and trust in issuers, and tests get assertions.
/// </summary>
internal static class AdminAssertionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        EntraDirectory directory = emulator.Directory;

        routes.MapAdmin(HttpMethods.Post, "/apps/{id}/certificates", async context =>
        {
            NewCertificate asked = await AdminEndpoints.ReadAsync<NewCertificate>(context);
            using X509Certificate2 certificate = Read(asked.Pem);
            context.App(directory).AddCertificate(certificate);
            await context.AnswerAsync(
                new { certificate.Thumbprint, certificate.Subject }, StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Post, "/apps/{id}/trusted-subjects", async context =>
        {
            NewSubject asked = await AdminEndpoints.ReadAsync<NewSubject>(context);
            context.App(directory).TrustSubject(asked.Subject);
            await context.AnswerAsync(asked, StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Delete, "/apps/{id}/certificates", context =>
            AdminEndpoints.DoAsync(context, context.App(directory).RemoveCertificates));

        routes.MapAdmin(HttpMethods.Post, "/apps/{id}/federated-credentials", async context =>
        {
            NewFederatedCredential asked = await AdminEndpoints.ReadAsync<NewFederatedCredential>(context);
            OidcIssuer issuer = emulator.Issuers.Find(asked.Issuer) ?? emulator.Issuers.Kubernetes;
            await context.AnswerAsync(
                context.App(directory).AddFederatedCredential(
                    asked.Issuer ?? issuer.Url,
                    asked.Subject ?? issuer.Subject,
                    asked.Audience ?? FederatedCredential.DefaultAudience),
                StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Delete, "/apps/{id}/federated-credentials", context =>
            AdminEndpoints.DoAsync(context, context.App(directory).RemoveFederatedCredentials));

        routes.MapAdmin(HttpMethods.Get, "/issuers", context => context.AnswerAsync(emulator.Issuers));
        routes.MapAdmin(HttpMethods.Post, "/assertions", async context =>
        {
            NewAssertion asked = await AdminEndpoints.ReadAsync<NewAssertion>(context);
            OidcIssuer issuer = asked.Issuer is null
                ? emulator.Issuers.Kubernetes
                : emulator.Issuers.Find(asked.Issuer) ?? throw new BadHttpRequestException("No such issuer.");
            string audience = asked.Audience ?? FederatedCredential.DefaultAudience;
            TimeSpan? lifetime = asked.ExpiresIn is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            await context.AnswerAsync(
                new { Token = issuer.Issue(asked.Subject, audience, lifetime) },
                StatusCodes.Status201Created);
        });
        routes.MapAdmin(HttpMethods.Post, "/kubernetes-token", context =>
            context.AnswerAsync(new { Token = emulator.ServiceAccountToken.Renew() }, StatusCodes.Status201Created));
    }

    private static X509Certificate2 Read(string? pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException unreadable)
        {
            throw new BadHttpRequestException("The certificate must be there as pem.", unreadable);
        }
    }

    private sealed record NewCertificate(string? Pem);

    private sealed record NewSubject(string Subject);

    private sealed record NewFederatedCredential(string? Issuer, string? Subject, string? Audience);

    private sealed record NewAssertion(string? Issuer, string? Subject, string? Audience, int? ExpiresIn);
}
