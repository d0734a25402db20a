"""Discovery documents of Microsoft's login: where its endpoints are, and which hosts belong together."""

from connectory_sandbox.asgi import Answer, Request
from connectory_sandbox.graph.directory import TENANT
from connectory_sandbox.graph.refusals import HOST

DISCOVERY = "/v2.0/.well-known/openid-configuration"


def configuration(request: Request, tenant: str) -> Answer:
    """Answer with the OpenID configuration of a tenant."""
    # Asked under Microsoft's name (by MSAL, which takes no other), it answers under Microsoft's name.
    base = f"https://{HOST}" if request.headers.get("host") == HOST else request.base
    return Answer.json(
        {
            "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/{TENANT}/v2.0",
            "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }
    )


def instance(request: Request) -> Answer:
    """Answer which login hosts belong together."""
    tenant = request.query.get("authorization_endpoint", "").split("/")[3:4]
    return Answer.json(
        {
            "tenant_discovery_endpoint": f"https://{HOST}/{(tenant or ['common'])[0]}{DISCOVERY}",
            "api-version": "1.1",
            "metadata": [{"preferred_network": HOST, "preferred_cache": "login.windows.net", "aliases": [HOST]}],
        }
    )
