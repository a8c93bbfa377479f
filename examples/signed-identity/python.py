import base64, hashlib, hmac, json, time
part = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
def identity_token(user_id, secret, now=None):
    text = b".".join(part(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, {"sub": user_id, "exp": int(now or time.time()) + 3600}))
    return (text + b"." + part(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()
