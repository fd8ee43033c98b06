#include "controller/store/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"

#define STORE_SCHEMA_VERSION  1
#define STORE_BUSY_TIMEOUT_MS 2000
#define DAY_MS                (24 * 3600 * INT64_C(1000))

enum statement
{
    ST_BEGIN,
    ST_COMMIT,
    ST_ROLLBACK,
    ST_ADD_TOKEN,
    ST_FIND_TOKEN,
    ST_SPEND_TOKEN,
    ST_PRUNE_TOKENS,
    ST_PUT_AGENT,
    ST_TOUCH_AGENT,
    ST_FIND_AGENT,
    ST_EACH_AGENT,
    ST_ADD_TRACE,
    ST_PRUNE_TRACES,
    ST_READ_REPORT,
    ST_COUNT
};

#define AGENT_COLUMNS                                                   \
    "name, fingerprint, enrolled_s, not_after_s, last_seen_s, version," \
    " kernel, control_address, addresses, primary4, primary6"

static const char *const statement_texts[ST_COUNT] = {
    [ST_BEGIN] = "BEGIN IMMEDIATE",
    [ST_COMMIT] = "COMMIT",
    [ST_ROLLBACK] = "ROLLBACK",
    [ST_ADD_TOKEN] = "INSERT INTO token (hash, agent, created_s, expires_s,"
                     " uses_left) VALUES (?1, ?2, ?3, ?4, ?5)",
    [ST_FIND_TOKEN] = "SELECT hash, agent, created_s, expires_s, uses_left"
                      " FROM token WHERE hash = ?1",
    [ST_SPEND_TOKEN] = "UPDATE token SET uses_left = uses_left - 1"
                       " WHERE hash = ?1 AND uses_left > 0",
    [ST_PRUNE_TOKENS] = "DELETE FROM token WHERE expires_s < ?1",
    [ST_PUT_AGENT] =
        "INSERT INTO agent (name, fingerprint, enrolled_s, not_after_s)"
        " VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET fingerprint = ?2,"
        " enrolled_s = ?3, not_after_s = ?4",
    [ST_TOUCH_AGENT] =
        "UPDATE agent SET last_seen_s = ?2, version = ?3, kernel = ?4,"
        " control_address = ?5, addresses = ?6, primary4 = ?7, primary6 = ?8"
        " WHERE name = ?1",
    [ST_FIND_AGENT] = "SELECT " AGENT_COLUMNS " FROM agent WHERE name = ?1",
    [ST_EACH_AGENT] = "SELECT " AGENT_COLUMNS " FROM agent ORDER BY name",
    [ST_ADD_TRACE] =
        "INSERT INTO trace (id, started_ms, finished_ms, source, destination,"
        " operator, cause, outcome, confidence, report, bundle)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [ST_PRUNE_TRACES] =
        /* by the index on time alone: the rows are large */
    "DELETE FROM trace WHERE rowid IN"
    " (SELECT rowid FROM trace WHERE started_ms < ?1 UNION ALL"
    " SELECT rowid FROM (SELECT rowid FROM trace"
    " ORDER BY started_ms DESC, rowid DESC LIMIT -1 OFFSET ?2))",
    [ST_READ_REPORT] = "SELECT report FROM trace WHERE id = ?1",
};

/* Each entry brings the schema one version further. */
static const char *const schema_steps[STORE_SCHEMA_VERSION] = {
    "CREATE TABLE token (hash TEXT PRIMARY KEY, agent TEXT NOT NULL,"
    " created_s INTEGER NOT NULL, expires_s INTEGER NOT NULL,"
    " uses_left INTEGER NOT NULL CHECK (uses_left >= 0)) STRICT;"
    "CREATE TABLE agent (name TEXT PRIMARY KEY, fingerprint TEXT NOT NULL,"
    " enrolled_s INTEGER NOT NULL, not_after_s INTEGER NOT NULL,"
    " last_seen_s INTEGER NOT NULL DEFAULT 0,"
    " version TEXT NOT NULL DEFAULT '', kernel TEXT NOT NULL DEFAULT '',"
    " control_address TEXT NOT NULL DEFAULT '',"
    " addresses TEXT NOT NULL DEFAULT '',"
    " primary4 TEXT NOT NULL DEFAULT '',"
    " primary6 TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE TABLE trace (id TEXT PRIMARY KEY, started_ms INTEGER NOT NULL,"
    " finished_ms INTEGER NOT NULL, source TEXT NOT NULL,"
    " destination TEXT NOT NULL, operator TEXT NOT NULL, cause TEXT NOT NULL,"
    " outcome TEXT NOT NULL, confidence TEXT NOT NULL, report TEXT,"
    " bundle TEXT) STRICT;"
    "CREATE INDEX trace_by_time ON trace (started_ms);",
};

struct store
{
    sqlite3 *db;
    sqlite3_stmt *statements[ST_COUNT];
    struct store_retention retention;
    char path[4096];
};

static int to_errno(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return -ENOSPC;
    case SQLITE_NOMEM: return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return -EBUSY;
    case SQLITE_READONLY:
    case SQLITE_PERM: return -EACCES;
    case SQLITE_CANTOPEN: return -ENOENT;
    case SQLITE_CONSTRAINT: return -EEXIST;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return -EBADMSG;
    default: return -EIO;
    }
}

static int fail(struct store *store, const char *what, struct err *err)
{
    int code = sqlite3_extended_errcode(store->db);

    return err_set(err, to_errno(code), "the database %s: cannot %s: %s",
                   store->path, what, sqlite3_errmsg(store->db));
}

static int run_text(struct store *store, const char *sql, struct err *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return fail(store, "be prepared", err);
    return 0;
}

static int read_version(struct store *store, int *version, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int status = 0;

    if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = fail(store, "be read", err);
    else
        *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* Each step and its version number go in together or not at all. */
static int upgrade_schema(struct store *store, struct err *err)
{
    int version = 0;
    int status = read_version(store, &version, err);

    if (status == 0 && version > STORE_SCHEMA_VERSION)
        return err_set(err, -EINVAL,
                       "the database %s has version %d, made by a later "
                       "probe-controller: this one knows versions up to %d; "
                       "install the later one again",
                       store->path, version, STORE_SCHEMA_VERSION);
    for (; status == 0 && version < STORE_SCHEMA_VERSION; version++) {
        char mark[64];

        snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", version + 1);
        status = run_text(store, "BEGIN IMMEDIATE", err);
        if (status == 0)
            status = run_text(store, schema_steps[version], err);
        if (status == 0)
            status = run_text(store, mark, err);
        if (status == 0)
            status = run_text(store, "COMMIT", err);
        else
            sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

static int prepare_statements(struct store *store, struct err *err)
{
    for (int i = 0; i < ST_COUNT; i++)
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->statements[i],
                               NULL) != SQLITE_OK)
            return fail(store, "be used", err);
    return 0;
}

static void clean_store(struct store **store)
{
    store_free(*store);
}

int store_open(struct store **out, const char *path, bool create,
               struct err *err)
{
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    CLEAN(clean_store) struct store *store = calloc(1, sizeof(*store));
    int status;

    if (store == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    store->retention =
        (struct store_retention){STORE_KEEP_TRACES, STORE_KEEP_DAYS};
    snprintf(store->path, sizeof(store->path), "%s", path);
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
        return store->db == NULL ? err_set(err, -ENOMEM, "out of memory")
                                 : fail(store, "be opened", err);
    sqlite3_busy_timeout(store->db, STORE_BUSY_TIMEOUT_MS);
    status = run_text(store,
                      "PRAGMA journal_mode = WAL;"
                      "PRAGMA synchronous = NORMAL;"
                      "PRAGMA foreign_keys = ON;"
                      "PRAGMA trusted_schema = OFF;",
                      err);
    if (status == 0)
        status = upgrade_schema(store, err);
    if (status == 0)
        status = prepare_statements(store, err);
    if (status == 0)
        *out = TAKE_PTR(store);
    return status;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    free(store);
}

/* A statement in use: reset when it goes out of scope. */
static void clean_statement(sqlite3_stmt **statement)
{
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
}

#define CLEAN_STATEMENT CLEAN(clean_statement)

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void column_text(sqlite3_stmt *statement, int column, char *out,
                        size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    snprintf(out, size, "%s", text == NULL ? "" : (const char *)text);
}

/* Runs a statement that gives no rows. */
static int finish(struct store *store, sqlite3_stmt *statement,
                  const char *what, struct err *err)
{
    return sqlite3_step(statement) == SQLITE_DONE ? 0 : fail(store, what, err);
}

static int run(struct store *store, enum statement which, const char *what,
               struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[which];

    return finish(store, statement, what, err);
}

int store_begin(struct store *store, struct err *err)
{
    int status = run_text(store, "PRAGMA synchronous = FULL", err);

    if (status == 0)
        status = run(store, ST_BEGIN, "begin a transaction", err);
    return status;
}

int store_commit(struct store *store, struct err *err)
{
    int status = run(store, ST_COMMIT, "commit", err);

    store_rollback(store); /* if it could not */
    return status;
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        run(store, ST_ROLLBACK, "roll back", NULL);
    sqlite3_exec(store->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
}

int store_add_token(struct store *store, const struct store_token *token,
                    struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_ADD_TOKEN];

    bind_text(statement, 1, token->hash);
    bind_text(statement, 2, token->agent);
    sqlite3_bind_int64(statement, 3, token->created_s);
    sqlite3_bind_int64(statement, 4, token->expires_s);
    sqlite3_bind_int64(statement, 5, token->uses_left);
    return finish(store, statement, "store a token", err);
}

int store_find_token(struct store *store, const char *hash,
                     struct store_token *out, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_FIND_TOKEN];
    int code;

    bind_text(statement, 1, hash);
    code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return -ENOENT;
    if (code != SQLITE_ROW)
        return fail(store, "look up a token", err);
    column_text(statement, 0, out->hash, sizeof(out->hash));
    column_text(statement, 1, out->agent, sizeof(out->agent));
    out->created_s = sqlite3_column_int64(statement, 2);
    out->expires_s = sqlite3_column_int64(statement, 3);
    out->uses_left = (uint32_t)sqlite3_column_int64(statement, 4);
    return 0;
}

int store_spend_token(struct store *store, const char *hash, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_SPEND_TOKEN];
    int status;

    bind_text(statement, 1, hash);
    status = finish(store, statement, "spend a token", err);
    if (status == 0 && sqlite3_changes(store->db) == 0)
        return err_set(err, -ENOENT, "the token is spent");
    return status;
}

int store_prune_tokens(struct store *store, int64_t before_s, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement =
        store->statements[ST_PRUNE_TOKENS];

    sqlite3_bind_int64(statement, 1, before_s);
    return finish(store, statement, "forget old tokens", err);
}

int store_put_agent(struct store *store, const struct store_agent *agent,
                    struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_PUT_AGENT];

    bind_text(statement, 1, agent->name);
    bind_text(statement, 2, agent->fingerprint);
    sqlite3_bind_int64(statement, 3, agent->enrolled_s);
    sqlite3_bind_int64(statement, 4, agent->not_after_s);
    return finish(store, statement, "store an agent", err);
}

int store_touch_agent(struct store *store, const struct store_agent *agent,
                      struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_TOUCH_AGENT];

    bind_text(statement, 1, agent->name);
    sqlite3_bind_int64(statement, 2, agent->last_seen_s);
    bind_text(statement, 3, agent->version);
    bind_text(statement, 4, agent->kernel);
    bind_text(statement, 5, agent->control_address);
    bind_text(statement, 6, agent->addresses);
    bind_text(statement, 7, agent->primary4);
    bind_text(statement, 8, agent->primary6);
    return finish(store, statement, "update an agent", err);
}

static void read_agent(sqlite3_stmt *statement, struct store_agent *out)
{
    column_text(statement, 0, out->name, sizeof(out->name));
    column_text(statement, 1, out->fingerprint, sizeof(out->fingerprint));
    out->enrolled_s = sqlite3_column_int64(statement, 2);
    out->not_after_s = sqlite3_column_int64(statement, 3);
    out->last_seen_s = sqlite3_column_int64(statement, 4);
    column_text(statement, 5, out->version, sizeof(out->version));
    column_text(statement, 6, out->kernel, sizeof(out->kernel));
    column_text(statement, 7, out->control_address,
                sizeof(out->control_address));
    column_text(statement, 8, out->addresses, sizeof(out->addresses));
    column_text(statement, 9, out->primary4, sizeof(out->primary4));
    column_text(statement, 10, out->primary6, sizeof(out->primary6));
}

int store_find_agent(struct store *store, const char *name,
                     struct store_agent *out, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_FIND_AGENT];
    int code;

    bind_text(statement, 1, name);
    code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return -ENOENT;
    if (code != SQLITE_ROW)
        return fail(store, "look up an agent", err);
    read_agent(statement, out);
    return 0;
}

int store_each_agent(struct store *store,
                     void (*visit)(void *owner,
                                   const struct store_agent *agent),
                     void *owner, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_EACH_AGENT];
    struct store_agent agent;
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        read_agent(statement, &agent);
        visit(owner, &agent);
    }
    return code == SQLITE_DONE ? 0 : fail(store, "list the agents", err);
}

void store_set_retention(struct store *store,
                         const struct store_retention *retention)
{
    store->retention = *retention;
}

static int prune_traces(struct store *store, int64_t now_ms, struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement =
        store->statements[ST_PRUNE_TRACES];

    sqlite3_bind_int64(statement, 1, now_ms - store->retention.days * DAY_MS);
    sqlite3_bind_int64(statement, 2, store->retention.count);
    return finish(store, statement, "forget old traces", err);
}

static int insert_trace(struct store *store, const struct store_trace *trace,
                        struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_ADD_TRACE];

    bind_text(statement, 1, trace->id);
    sqlite3_bind_int64(statement, 2, trace->started_ms);
    sqlite3_bind_int64(statement, 3, trace->finished_ms);
    bind_text(statement, 4, trace->source);
    bind_text(statement, 5, trace->destination);
    bind_text(statement, 6, trace->operator_name);
    bind_text(statement, 7, trace->cause);
    bind_text(statement, 8, trace->outcome);
    bind_text(statement, 9, trace->confidence);
    bind_text(statement, 10, trace->report);
    bind_text(statement, 11, trace->bundle);
    return finish(store, statement, "store a trace", err);
}

int store_add_trace(struct store *store, const struct store_trace *trace,
                    struct err *err)
{
    int status = run(store, ST_BEGIN, "begin a transaction", err);

    if (status == 0)
        status = insert_trace(store, trace, err);
    if (status == 0)
        status = prune_traces(store, trace->finished_ms, err);
    if (status == 0)
        status = run(store, ST_COMMIT, "commit", err);
    if (!sqlite3_get_autocommit(store->db))
        run(store, ST_ROLLBACK, "roll back", NULL);
    return status;
}

int store_read_report(struct store *store, const char *id, char **report,
                      struct err *err)
{
    CLEAN_STATEMENT sqlite3_stmt *statement = store->statements[ST_READ_REPORT];
    const unsigned char *text;
    int code;

    bind_text(statement, 1, id);
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fail(store, "read a report", err);
    text = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    if (text == NULL)
        return err_set(err, -ENOENT, "no report of the trace %s is stored", id);
    *report = strdup((const char *)text);
    return *report == NULL ? err_set(err, -ENOMEM, "out of memory") : 0;
}

void store_limit_pages(struct store *store, unsigned pages)
{
    char text[64];

    snprintf(text, sizeof(text), "PRAGMA max_page_count = %u", pages);
    sqlite3_exec(store->db, text, NULL, NULL, NULL);
}
