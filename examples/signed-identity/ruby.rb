require "json"; require "openssl"
def identity_token(user_id, secret, now = Time.now.to_i)
  text = [{ alg: "HS256", typ: "JWT" }, { sub: user_id, exp: now + 3600 }].map { |part| [part.to_json].pack("m0").tr("+/", "-_").delete("=") }.join(".")
  "#{text}.#{[OpenSSL::HMAC.digest("SHA256", secret, text)].pack("m0").tr("+/", "-_").delete("=")}"
end
