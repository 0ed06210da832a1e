<?php
// Receives callbacks. ORDO_SECRET=whsec_… php -S 127.0.0.1:9000 receiver.php
// The check is written out, so that it runs without Composer; standard-webhooks/standard-webhooks there does the same.

function verified(string $id, string $at, string $signatures, string $body): bool
{
    if (!ctype_digit($at) || abs(time() - (int) $at) > 300) {
        return false; // signed too long ago, or by a clock that is wrong
    }
    $secret = base64_decode(substr(getenv('ORDO_SECRET'), strlen('whsec_')));
    $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$at.$body", $secret, true));
    foreach (explode(' ', $signatures) as $each) { // two, while a secret is replaced
        if (hash_equals($right, $each)) {
            return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
if (!verified($id, $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '', $body)) {
    http_response_code(401);
    return;
}
$told = json_decode($body, true);
// Yours: a table, written in the transaction that applies the callback. Here a file for each id, which is made once.
$new = @fopen(sys_get_temp_dir() . '/ordo-' . hash('sha256', $id), 'x') !== false;
error_log(($new ? 'verified ' : 'again ') . $told['type'] . ' ' . $told['data']['reference']);
http_response_code(204);
