use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::keys::{group, table_key};
use super::{PackedRows, PackedWriter};

/// Rows of every size, some of them removed, whose keys share beginnings.
fn rows() -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    (0..20_000_u32)
        .map(|number| {
            let key = format!("table-{}-{number:07}", number % 3).into_bytes();
            let value = vec![number.to_le_bytes()[0]; (number % 211) as usize];
            (key, (number % 17 != 0).then_some(value))
        })
        .collect()
}

#[test]
fn every_row_is_found_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows");
    let rows = rows();
    let mut writer = PackedWriter::create(&path).unwrap();
    for (key, value) in &rows {
        writer.push(key, value.as_deref()).unwrap();
    }
    let written = Arc::new(writer.finish().unwrap());
    let opened = Arc::new(PackedRows::open(&path).unwrap());
    for packed in [written, opened] {
        for (key, value) in rows.iter().step_by(37) {
            assert_eq!(packed.row(key).unwrap().as_ref(), Some(value));
        }
        for absent in ["", "table", "table-0-0000001", "table-2-9999999", "z"] {
            assert_eq!(packed.row(absent.as_bytes()).unwrap(), None, "{absent}");
        }
        for prefix in ["", "table-1", "table-2-00199", "nothing", "zebra"] {
            let mut scan = packed.scan(prefix.as_bytes(), b"");
            let mut found = Vec::new();
            while let Some(row) = scan.next_row().unwrap() {
                found.push(row);
            }
            let expected: Vec<_> = rows
                .iter()
                .filter(|(key, _)| key.starts_with(prefix.as_bytes()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            assert!(found == expected, "{prefix}: {} rows", found.len());
        }
    }
}

#[test]
fn a_damaged_file_is_noticed_wherever_the_damage_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows");
    let mut writer = PackedWriter::create(&path).unwrap();
    for (key, value) in rows().iter().take(2_000) {
        writer.push(key, value.as_deref()).unwrap();
    }
    writer.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(whole.len() / 97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        std::fs::write(&path, &damaged).unwrap();
        let read = PackedRows::open(&path).and_then(|packed| {
            let mut scan = Arc::new(packed).scan(b"", b"");
            while scan.next_row()?.is_some() {}
            Ok(())
        });
        assert!(read.is_err(), "byte {place} of {}", whole.len());
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(PackedRows::open(&path).is_err());
}

#[test]
fn a_group_is_found_by_every_beginning_of_its_keys() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows");
    let mut writer = PackedWriter::create(&path).unwrap();
    // Numbers have zero bytes, too.
    let keys = [
        "m1\0u1\0c1",
        "m1\0u1\0c2",
        "m1\0u2\0\0\0\0\x07",
        "m2\0\0\0\0\0\0",
    ];
    for key in keys {
        let key = table_key("repeats.facts", key.as_bytes());
        writer.push(&key, Some(b"row")).unwrap();
    }
    let packed = Arc::new(writer.finish().unwrap());
    let count = |prefix: &str| {
        let mut scan = packed.scan(&table_key("repeats.facts", prefix.as_bytes()), b"");
        std::iter::from_fn(|| scan.next_row().unwrap()).count()
    };
    for prefix in [
        "",
        "m",
        "m1",
        "m1\0",
        "m1\0u1",
        "m1\0u1\0",
        "m1\0u1\0c",
        "m2\0\0\0",
    ] {
        let expected = keys.iter().filter(|key| key.starts_with(prefix)).count();
        assert_eq!(count(prefix), expected, "{prefix:?}");
    }
    assert_eq!(group(&table_key("t", b"m1\0u1")), None);
    assert_eq!(
        group(&table_key("t", b"m1\0u1\0c1")),
        Some(table_key("t", b"m1\0u1\0").as_slice())
    );
    // Blocks are not read for a group that is not there.
    std::fs::write(&path, b"").unwrap();
    assert_eq!(count("m1\0u3\0"), 0);
}
