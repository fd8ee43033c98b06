/* The number that tells processes of two versions apart. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/mman.h>

#include "common/trace/evidence.h"
#include "common/trace/layout.h"
#include "tests/unit/test.h"

/* The schema is constant; here it becomes another version's. */
static struct evidence_key_info *make_writable(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)evidence_keys / page * page;
    uintptr_t to = (uintptr_t)evidence_keys + sizeof(evidence_keys);

    assert_int_equal(mprotect((void *)from, to - from, PROT_READ | PROT_WRITE),
                     0);
    return (struct evidence_key_info *)(uintptr_t)evidence_keys;
}

/* A word goes from process to process as its number. */
static void every_list_of_words_counts(void **state)
{
    static const char *const names[] = {"a word of a later version"};
    static const struct word_list other = {names, 1};
    struct evidence_key_info *keys = make_writable();
    uint32_t number = layout_number();
    unsigned lists = 0;

    (void)state;
    assert_int_not_equal(number, 0);
    for (int key = 0; key < KEY_COUNT_OF_KEYS; key++) {
        const struct word_list *own = keys[key].words;

        if (own == NULL)
            continue;
        lists++;
        keys[key].words = &other;
        if (layout_number() == number)
            fail_msg("the words of %s do not count", keys[key].name);
        assert_int_equal(layout_check(number, NULL), -EPROTO);
        keys[key].words = own;
    }
    assert_true(lists > 5);
    assert_int_equal(layout_check(number, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_of_words_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
