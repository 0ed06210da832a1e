<?php
// From an order to its refund. ORDO_TOKEN=ordo_test_… php order.php A12

/** The answer. When none comes, the same is sent again under the same key, and nothing is done twice. */
function ordo(string $method, string $path, ?array $body = null, ?string $key = null): array
{
    $headers = ['Authorization: Bearer ' . getenv('ORDO_TOKEN')];
    if ($key !== null) {
        $headers[] = "Idempotency-Key: $key";
    }
    if ($body !== null) {
        $headers[] = 'Content-Type: application/json';
    }
    $http = ['method' => $method, 'header' => $headers, 'ignore_errors' => true, 'timeout' => 30];
    if ($body !== null) {
        $http['content'] = json_encode($body);
    }
    $api = getenv('ORDO_API') ?: 'http://127.0.0.1:8701/api/v1';
    foreach ([1, 5, 30, 0] as $patience) {
        $said = @file_get_contents($api . $path, false, stream_context_create(['http' => $http]));
        $status = $said === false ? 0 : (int) explode(' ', $http_response_header[0])[1];
        if ($status !== 0 && $status < 500) {
            break;
        }
        sleep($patience);
    }
    if ($status < 200 || $status > 299) {
        $told = json_decode((string) $said, true);
        exit($told === null ? "No answer\n" : "{$told['code']}: {$told['detail']}\n");
    }
    return json_decode($said, true);
}

$reference = $argv[1];
$order = ordo('POST', '/orders', [
    'reference' => $reference,
    'amount' => 1250,
    'currency' => 'EUR',
    'description' => '2 pizzas',
    'buyer' => ['phone' => '+33612345678'],
    'metadata' => ['table' => '7'],
], "create-$reference");
echo "Pay here: {$order['link']['url']}\n";
while (in_array($order['state'], ['open', 'processing'])) { // yours waits for the callback instead
    sleep(1);
    $order = ordo('GET', "/orders/{$order['id']}");
}
echo "The order is {$order['state']}\n";

$page = ordo('GET', '/orders?state=paid&limit=10');
echo 'Paid orders: ' . implode(', ', array_column($page['data'], 'reference')) . "\n";

$refund = ordo('POST', "/orders/{$order['id']}/refunds", ['amount' => 'all'], "refund-$reference");
echo "Refund {$refund['id']} {$refund['state']}\n";

foreach (ordo('GET', "/callbacks?order={$order['id']}&type=order.paid")['data'] as $callback) {
    ordo('POST', "/callbacks/{$callback['id']}/replay", null, "replay-{$callback['id']}");
    echo "Replayed {$callback['id']}\n";
}
