//! The table of security requirements names tests that are there.

use std::fs;

use redress_tests::workspace;

use super::promised::is_there;
use super::sources::{all, hold};

#[test]
fn every_item_of_the_table_is_covered_by_tests_that_are_there() {
    let text = fs::read_to_string(workspace().join("tests/service/ASVS.md")).unwrap();
    let sources = all();
    let mut found = Vec::new();
    let mut items = 0;
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, item, _, tests, _] = cells.as_slice() else {
            continue;
        };
        if !item.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        items += 1;
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            found.push(format!("{item}: no test"));
        }
        for test in named {
            if !is_there(test, &sources) {
                found.push(format!("{item}: there is no test {test}"));
            }
        }
    }
    assert!(items > 30, "the table is not what it was");
    hold(
        &found,
        "name in tests/service/ASVS.md the test as it is called now, `binary::module::name`",
    );
}
