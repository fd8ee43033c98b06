#include "tests/unit/proto/samples.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"

static struct address parse(const char *text)
{
    struct address address = {0};

    address_parse(text, &address);
    return address;
}

void sample_evidence(struct evidence *evidence)
{
    struct address address = parse("2001:db8::1");

    evidence_init(evidence, EVIDENCE_RULE, -5);
    evidence_set_number(evidence, KEY_ATTEMPT, 1);
    evidence_set_number(evidence, KEY_HANDLE, INT64_MIN);
    evidence_set_word(evidence, KEY_PACKET, PACKET_SYN);
    evidence_set_word(evidence, KEY_BACKEND, BACKEND_NFTABLES);
    evidence_set_text(evidence, KEY_FIREWALL_FAMILY, "inet");
    evidence_set_text(evidence, KEY_TABLE, "");
    evidence_set_text(evidence, KEY_CHAIN, "input");
    evidence_set_word(evidence, KEY_VERDICT, VERDICT_DROP);
    evidence_set_text(evidence, KEY_RULE, "tcp dport 8080 drop");
    evidence_set_address(evidence, KEY_SOURCE, &address);
}

static void sample_order(struct order *order)
{
    strcpy(order->trace_id, SAMPLE_TRACE_ID);
    strcpy(order->peer, "hostB");
    strcpy(order->name, "hostb.example.net");
    order->role = ROLE_SOURCE;
    order->family = 4;
    order->exact_count = 1;
    order->attempts = 3;
    order->port = 8080;
    order->from_port = 40000;
    order->source = parse("192.0.2.10");
    order->destination = parse("198.51.100.10");
    order->isn_base = 0xfffff001;
    order->spacing_ms = 100;
    order->deadline_ms = 10000;
    strcpy(order->as_user, "www-data");
    strcpy(order->inside, "pid:4711");
    strcpy(order->device, "eth0");
    strcpy(order->service, "web@1.service");
    order->told = parse("2001:db8::10");
    order->vantage = 1;
    order->payload = PAYLOAD_OWN;
}

static void sample_command(struct message_command *command)
{
    strcpy(command->trace_id, SAMPLE_TRACE_ID);
    command->command = (struct command){.kind = COMMAND_WALK,
                                        .self_test = 1,
                                        .self_test_briefly = 1,
                                        .attempt = 2,
                                        .max_ttl = 30,
                                        .own_port = 41000,
                                        .peer_port = 65535,
                                        .own_address = parse("192.0.2.10"),
                                        .peer_address = parse("2001:db8::2"),
                                        .acknowledge = UINT32_MAX};
}

static void sample_inventory(struct message_inventory *inventory)
{
    inventory->count = MESSAGE_MAX_ADDRESSES;
    for (size_t i = 0; i < inventory->count; i++) {
        inventory->addresses[i] = parse(i % 2 ? "2001:db8::5" : "192.0.2.5");
        inventory->addresses[i].bytes[3] = (uint8_t)i;
    }
    inventory->primary4 = parse("192.0.2.5");
    inventory->primary6 = parse("2001:db8::5");
    strcpy(inventory->kernel, "6.1.0");
    strcpy(inventory->software, "0.1.0");
    strcpy(inventory->links, "02:00:00:00:01:00,02:00:00:00:01:01");
    inventory->lacks = 1u << LACK_TRACE_RULES;
}

static void sample_trace_request(struct message_trace_request *request)
{
    strcpy(request->source, "hostA");
    strcpy(request->destination, "hostB");
    request->port = 8080;
    request->protocol = 6;
    request->family = 6;
    request->count = 7;
    request->from = parse("2001:db8::9");
    strcpy(request->to, "hostC");
    strcpy(request->vantage, "none");
    request->payload = request->no_self_test = request->bundle = true;
    request->timeout_ms = 5000;
    request->from_port = 40000;
    strcpy(request->as_user, "1000");
    strcpy(request->inside, "web");
    strcpy(request->device, "eth0.100");
    strcpy(request->service, "web@1.service");
}

static void sample_batch(struct message_evidence *batch)
{
    static struct evidence items[MESSAGE_MAX_EVIDENCE];

    strcpy(batch->trace_id, SAMPLE_TRACE_ID);
    for (size_t i = 0; i < ARRAY_SIZE(items); i++)
        sample_evidence(&items[i]);
    batch->items = items;
    batch->count = ARRAY_SIZE(items);
}

static void sample_text(struct message *message)
{
    static const char pem[] = "-----BEGIN X-----\nAAAA\n-----END X-----\n";

    if (message->kind == MESSAGE_ERROR) {
        message->error.status = 3;
        strcpy(message->error.text, "hostA is not connected");
    } else if (message->kind == MESSAGE_JOIN_REQUEST) {
        strcpy(message->join_request.token, "pt1.ABC");
        strcpy(message->join_request.name, "hostA");
        strcpy(message->join_request.request, pem);
    } else if (message->kind == MESSAGE_JOIN_REPLY) {
        strcpy(message->join_reply.certificate, pem);
        strcpy(message->join_reply.authority, pem);
    } else if (message->kind == MESSAGE_TRACE_ENDED) {
        strcpy(message->trace_ended.trace_id, SAMPLE_TRACE_ID);
        message->trace_ended.status = -110;
        strcpy(message->trace_ended.text, "its time was up");
    } else if (message->kind == MESSAGE_PROGRESS) {
        strcpy(message->progress, "armed\nprobing \xc3\xa9");
    } else if (message->kind == MESSAGE_TOKEN_REPLY) {
        strcpy(message->token_reply, "pt1.ABC");
    }
}

void sample_message(enum message_kind kind, struct message *message)
{
    static uint8_t piece[MESSAGE_MAX_PIECE];

    memset(message, 0, sizeof(*message));
    message->kind = kind;
    sample_text(message);
    if (kind == MESSAGE_HELLO)
        message->hello = (struct message_hello){1, 2, "probe-agent 0.1.0"};
    else if (kind == MESSAGE_PING)
        message->ping.t1 = -1;
    else if (kind == MESSAGE_PONG)
        message->pong = (struct message_pong){1, INT64_MAX, INT64_MIN};
    else if (kind == MESSAGE_INVENTORY)
        sample_inventory(&message->inventory);
    else if (kind == MESSAGE_ORDER)
        sample_order(&message->order);
    else if (kind == MESSAGE_COMMAND)
        sample_command(&message->command);
    else if (kind == MESSAGE_EVIDENCE)
        sample_batch(&message->evidence);
    else if (kind == MESSAGE_TRACE_REQUEST)
        sample_trace_request(&message->trace_request);
    else if (kind == MESSAGE_DOCUMENT)
        message->document =
            (struct message_document){piece, sizeof(piece), true, 4};
    else if (kind == MESSAGE_TOKEN_REQUEST)
        message->token_request = (struct message_token_request){60, 5, "hostA"};
    else if (kind == MESSAGE_GO_AWAY)
        message->go_away_ms = 1500;
}
