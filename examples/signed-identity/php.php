<?php function identity_token(string $userId, string $secret, ?int $now = null): string {
    $part = fn(string $data) => rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
    $text = $part('{"alg":"HS256","typ":"JWT"}') . '.' . $part(json_encode(['sub' => $userId, 'exp' => ($now ?? time()) + 3600]));
    return $text . '.' . $part(hash_hmac('sha256', $text, $secret, true));
}
