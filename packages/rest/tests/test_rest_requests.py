"""What goes over the wire for what a model says."""

from typing import Any

import pytest

from connectory_sdk import ConnectorInputError

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", "/"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/a b/%c3%bc/ü", "/a%20b/%C3%BC/%C3%BC"),
        ("/a%2Fb,%2C;v=1", "/a%2Fb,,;v=1"),
        ("/a+b|c", "/a%2Bb%7Cc"),
        ("/x?a=1+1&b=&c&a=2#frag", "/x?a=1%201&a=2&b&c"),
        ("/x?$filter=a eq 'b'&t=1:2,3;(4)!*@%2F%2C", "/x?$filter=a%20eq%20'b'&t=1:2,3;(4)!*@/,"),
        ("/x?=1&a&=2", "/x?a"),
        ("/x?p=/a/b?c&q=b=c", "/x?p=/a/b?c&q=b%3Dc"),
        ("/x?a=100%&b=ü y", "/x?a=100%&b=%C3%BC%20y"),
        ("/x?", "/x"),
    ],
)
async def test_addresses_are_normalised(send: Any, peer: Any, path: str, line: str) -> None:
    """Paths and queries are decoded and encoded once; what cannot be decoded is sent as it stands."""
    await send(peer.base + path)

    assert peer.received[0].target == line


@pytest.mark.parametrize("switch", ["true", True])
async def test_an_encoded_address_is_left_alone(send: Any, peer: Any, switch: Any) -> None:
    """With skipEncoding the request line has the text of the model, byte for byte."""
    await send(f"{peer.base}/a%2Cb/%c3?x=&y=a+b", skipEncoding=switch)

    assert peer.received[0].target == "/a%2Cb/%c3?x=&y=a+b"


@pytest.mark.parametrize("path", ["/a b", "/a|b", "/100%", '/"', "/[a]"])
async def test_skip_encoding_wants_an_encoded_address(send: Any, peer: Any, path: str) -> None:
    """What cannot stand in a request line is the model's mistake and is said so."""
    with pytest.raises(ConnectorInputError, match="skipEncoding"):
        await send(peer.base + path, skipEncoding="true")

    assert peer.received == []


async def test_parameters_join_an_encoded_address(send: Any, peer: Any) -> None:
    """With them the whole query is encoded anew; what stood there means the same as before, a plus included."""
    await send(f"{peer.base}/a%2Cb?a=b+c&d=%2F&e=&f=[]", skipEncoding="true", queryParameters={"q": "x y"})

    assert peer.received[0].target == "/a%2Cb?a=b%2Bc&d=%2F&e=&f=%5B%5D&q=x%20y"


async def test_query_parameters_follow_those_of_the_address(send: Any, peer: Any) -> None:
    """The order is: the address, the API key, the parameters; null is a name alone."""
    key = {"type": "apiKey", "apiKeyLocation": "query", "name": "key", "value": "k 1"}

    await send(f"{peer.base}/x?a=1", queryParameters={"a": 2, "t": True, "n": None, "ü": "&"}, authentication=key)

    assert peer.received[0].target == "/x?a=1&key=k%201&a=2&t=true&n&%C3%BC=%26"


async def test_headers_keep_names_and_come_once(send: Any, peer: Any) -> None:
    """Names stay as written, null is empty, line breaks become blanks, defaults give way."""
    await send(peer.base, headers={"X-Ab": "a\r\nX-Evil: 1", "x-n": None, "accept": "text/csv", "X-Num": 1.5})

    request = peer.received[0]
    assert ("X-Ab", "a  X-Evil: 1") in request.headers
    assert request.all("x-n") == [""]
    assert request.all("accept") == ["text/csv"]
    assert request.header("x-num") == "1.5"
    assert len(request.all("host")) == len(request.all("user-agent")) == 1


async def test_header_values_beyond_ascii_are_latin(send: Any, peer: Any) -> None:
    """Characters of ISO-8859-1 are one byte each, as Camunda's client sends them."""
    await send(peer.base, headers={"X-U": "grüße €"})

    assert peer.received[0].header("x-u") == "grüße ?"


@pytest.mark.parametrize(("name", "value"), [("X Y", "1"), ("", "1"), ("X", "a\x00b")])
async def test_impossible_headers_are_refused(send: Any, peer: Any, name: str, value: str) -> None:
    """A header that no server would take is the model's mistake, before anything is sent."""
    with pytest.raises(ConnectorInputError, match="headers"):
        await send(peer.base, headers={name: value})

    assert peer.received == []


async def test_framing_is_ours(send: Any, peer: Any) -> None:
    """A content length of the model's own would break the request."""
    await send(peer.base, "POST", headers={"Content-Length": "1", "Transfer-Encoding": "chunked"}, body={"a": 1})

    assert peer.received[0].body == b'{"a":1}'


@pytest.mark.parametrize("method", ["POST", "put", "Patch"])
async def test_bodies_are_json_unless_the_model_says_otherwise(send: Any, peer: Any, method: str) -> None:
    """A map goes out compact, in order, with nulls, as UTF-8."""
    await send(peer.base, method, body={"b": None, "a": ["ü", 1.5, True]})

    request = peer.received[0]
    assert request.method == method.upper()
    assert request.body.decode() == '{"b":null,"a":["ü",1.5,true]}'
    assert request.all("content-type") == ["application/json"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_other_methods_have_no_body(send: Any, peer: Any, method: str) -> None:
    """A body under GET or DELETE is not sent, and no content type is invented."""
    await send(peer.base, method, body={"a": 1})

    assert peer.received[0].body == b""
    assert peer.received[0].header("content-type") is None


async def test_no_body_has_no_content_type(send: Any, peer: Any) -> None:
    """A POST without body says that it has none."""
    await send(peer.base, "POST")

    assert peer.received[0].header("content-length") == "0"
    assert peer.received[0].header("content-type") is None


@pytest.mark.parametrize(
    ("content_type", "body", "sent"),
    [
        (None, "plain", b"plain"),
        ("text/plain", "grüße", "grüße".encode()),
        ("text/plain; charset=ISO-8859-1", "grüße", b"gr\xfc\xdfe"),
        ('text/plain; charset="us-ascii"', "a€", b"a?"),
        ("text/plain; charset=UTF-16", "a", b"\xfe\xff\x00a"),
        ("", {"a": 1}, b'{"a":1}'),
        ("application/json; charset=utf-16be", {"a": 1}, '{"a":1}'.encode("utf-16be")),
        ("application/xml", {"a": 1}, b'{"a":1}'),
        ("application/x-www-form-urlencoded", {"a": "x&y z", "n": None, "o": {"p": [1, "q"]}},
         b"a=x%26y+z&n&o=%7Bp%3D%5B1%2C+q%5D%7D"),
        ("application/x-www-form-urlencoded", [1, 2], b"[1,2]"),
        ("multipart/form-data; boundary=abc", {"a": 1, "l": ["x", None], "n": None},
         b'--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
         b'--abc\r\nContent-Disposition: form-data; name="l"\r\n\r\nx\r\n'
         b'--abc\r\nContent-Disposition: form-data; name="l"\r\n\r\nnull\r\n--abc--\r\n'),
    ],
)  # fmt: skip
async def test_the_content_type_decides_the_bytes(
    send: Any, peer: Any, content_type: str | None, body: Any, sent: bytes
) -> None:
    """Texts go out as they are, maps as JSON, form or parts."""
    await send(peer.base, "POST", headers={"content-type": content_type} if content_type else {}, body=body)

    assert peer.received[0].body == sent
    assert peer.received[0].all("content-type") == [content_type or "application/json"]


async def test_null_takes_the_content_type_away(send: Any, peer: Any) -> None:
    """Null under Content-Type means: without."""
    await send(peer.base, "POST", headers={"Content-Type": None}, body={"a": 1})

    assert peer.received[0].json == {"a": 1}
    assert peer.received[0].header("content-type") is None


async def test_an_unknown_charset_is_refused(send: Any, peer: Any) -> None:
    """A charset that nobody knows is named."""
    with pytest.raises(ConnectorInputError, match="unknown charset 'nonsense'"):
        await send(peer.base, "POST", headers={"Content-Type": "text/plain; charset=nonsense"}, body="a")


async def test_null_members_can_be_left_out(send: Any, peer: Any) -> None:
    """ignoreNullValues drops null members of maps at every depth, never items of lists."""
    body = [{"a": None, "b": {"c": None}}, None]

    await send(peer.base, "POST", ignoreNullValues="true", body=body)

    assert peer.received[0].json == [{"b": {}}, None]


@pytest.mark.parametrize(
    ("authentication", "header"),
    [
        ({"type": "noAuth"}, None),
        (None, None),
        ({"type": "basic", "username": "ü", "password": "€:x"}, "Basic w7w64oKsOng="),
        ({"type": "basic", "username": "u", "password": "SPEC_PASSWORD_EMPTY_PATTERN"}, "Basic dTo="),
        ({"type": "basic", "username": "u"}, "Basic dTo="),
        ({"type": "bearer", "token": " abc "}, "Bearer  abc"),
    ],
)
async def test_authentications_make_a_header(send: Any, peer: Any, authentication: Any, header: str | None) -> None:
    """Basic and bearer credentials are sent as Camunda's client sends them."""
    await send(peer.base, authentication=authentication)

    assert peer.received[0].header("authorization") == header


async def test_a_key_in_a_header(send: Any, peer: Any) -> None:
    """The name stays as written; capitals in the location do not matter."""
    key = {"type": "apiKey", "apiKeyLocation": "HEADERS", "name": "X-Key", "value": "k1"}

    await send(peer.base, authentication=key)

    assert ("X-Key", "k1") in peer.received[0].headers


async def test_one_authorization_header(send: Any, peer: Any) -> None:
    """Two of them make servers refuse a request: the one of the authentication counts."""
    bearer = {"type": "bearer", "token": "t"}

    await send(peer.base, authentication=bearer, headers={"authorization": "own"})

    assert peer.received[0].all("authorization") == ["Bearer t"]


async def test_a_reusable_credential_counts_more(send: Any, peer: Any) -> None:
    """What a credential configuration holds replaces what stands in the element."""
    configured = {"authentication": {"type": "bearer", "token": "shared"}}

    await send(peer.base, authentication={"type": "bearer", "token": "own"}, authenticationConfiguration=configured)

    assert peer.received[0].header("authorization") == "Bearer shared"


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http:///x", "valid hostname"),
        ("http://h:99999/", "port 99999"),
        ("http://a b/x", "cannot be parsed"),
        ("http://a..b/x", "host name is not valid"),
        (f"http://{'a' * 64}.b/x", "host name is not valid"),
        ("http://u:pass@h/", "authentication"),
        ("secrets.URL", "cannot be parsed"),
    ],
)
async def test_impossible_addresses_are_refused(send: Any, url: str, what: str) -> None:
    """The message shows the address without credentials and query, and says what is wrong."""
    with pytest.raises(ConnectorInputError, match=what) as caught:
        await send(f"{url}?token=s3cret")

    assert "s3cret" not in str(caught.value)
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"url": "HTTP://h"}, ["url", "Must be a http(s) URL"]),
        ({"url": "www.example.com"}, ["url", "Must be a http(s) URL"]),
        ({"url": None}, ["Property: url: ", "must not be blank"]),
        ({"method": None}, ["method", "must not be null"]),
        ({"method": "HEAD"}, ["invalid field: method. It Must be `HttpMethod`", "`GET`"]),
        ({"method": "7"}, ["invalid field: method. It Must be `HttpMethod`"]),
        ({"headers": ["a"]}, ["headers", "`Map`"]),
        ({"queryParameters": "a: b"}, ["queryParameters", "`Map`"]),
        ({"connectionTimeoutInSeconds": "20s"}, ["connectionTimeoutInSeconds", "`Integer`"]),
        ({"readTimeoutInSeconds": True}, ["readTimeoutInSeconds", "`Integer`"]),
        ({"readTimeoutInSeconds": -1}, ["readTimeoutInSeconds", "negative"]),
        ({"storeResponse": "yes"}, ["storeResponse", "`boolean`"]),
        ({"storeResponse": 1.0}, ["storeResponse", "`boolean`"]),
        ({"skipEncoding": {}}, ["skipEncoding", "`String`"]),
        ({"headers": {"a": [["b"]]}}, ["headers, a", "`String`"]),
        ({"authentication": {"type": "digest"}}, ["authentication", "`bearer`"]),
        ({"authentication": {"type": "basic"}}, ["authentication.username", "must not be empty"]),
        ({"authentication": {"type": "bearer", "token": ""}}, ["authentication.token", "must not be empty"]),
        ({"documentReturnFormat": {"choice": "json"}}, ["must be one of DOCUMENT, TEXT, JSON. Got: json"]),
        ({"documentReturnFormat": {"choice": "TEXT", "encoding": "base64"}}, ["Unsupported charset 'base64'"]),
        ({"connectoryPolicy": {"retryOn": "5xx, often"}}, ["connectoryPolicy.retryOn", "'often'"]),
        ({"clientTls": {"clientCertificate": "x"}}, ["requires both"]),
    ],
)  # fmt: skip
async def test_common_mistakes_name_the_field(send: Any, peer: Any, variables: Any, words: list[str]) -> None:
    """Each mistake ends at once with the field's name and what to write; nothing is sent."""
    given = {"url": peer.base, "method": "GET", **variables}

    with pytest.raises(ConnectorInputError) as caught:
        await send(given.pop("url"), given.pop("method"), **given)

    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert peer.received == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "must not be empty"),
        ({"clientAuthentication": None}, "must not be empty"),
        ({"clientAuthentication": ""}, "must not be empty"),
        ({"clientAuthentication": "header"}, "Unsupported client authentication method: header"),
    ],
)
async def test_a_missing_client_authentication_is_named(send: Any, peer: Any, given: Any, said: str) -> None:
    """Templates since version 3 leave this dropdown empty."""
    oauth = {
        "type": "oauth-client-credentials-flow",
        "oauthTokenEndpoint": f"{peer.base}/token",
        "clientId": "c",
        "clientSecret": "s3cret",
        **given,
    }

    with pytest.raises(ConnectorInputError, match=rf"authentication\.clientAuthentication: .*{said}") as caught:
        await send(peer.base, authentication=oauth)

    assert "s3cret" not in str(caught.value)
