//! Reading: shapes, formats, and what is said of bad input.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use redress_domain::instant::Instant;
use serde_json::{Value, json};

use super::{
    AdditionalType, ComplaintDocument, ComplaintState, InstantError, MediaType, OperateType,
    ProblemType, ReadError, Reading, Reason, ServiceOrderState, UserTag, parse_instant, read,
    read_from,
};

fn detail(id: &str) -> Value {
    json!({
        "complaint_id": id,
        "complaint_time": "2026-03-20T14:00:00+08:00",
        "complaint_state": "PENDING",
        "complainted_mchid": "1900012181",
    })
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn read_bytes(name: &str, bytes: &[u8]) -> Reading {
    read_from(Path::new(name), bytes).unwrap()
}

fn ids(documents: &[ComplaintDocument]) -> Vec<&str> {
    documents
        .iter()
        .map(|document| document.complaint.complaint_id.as_str())
        .collect()
}

fn problems(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_detail_with_every_field_is_read() {
    let text = json!({
        "complaint_id": "C1",
        "complaint_time": "2026-03-20T14:00:00.120+08:00",
        "complaint_detail": "charged after return",
        "complaint_state": "PROCESSING",
        "complainted_mchid": "1900012181",
        "payer_phone": "U1lO",
        "payer_openid": "oUser",
        "complaint_order_info": [{"transaction_id": "4200", "out_trade_no": "T1", "amount": 9900}],
        "complaint_full_refunded": false,
        "incoming_user_response": true,
        "user_complaint_times": 2,
        "complaint_media_list": [{"media_type": "USER_COMPLAINT_IMAGE", "media_url": ["https://a.invalid/1"]}],
        "problem_description": "debit",
        "problem_type": "REFUND",
        "apply_refund_amount": 9700,
        "user_tag_list": ["TRUSTED", "HIGH_RISK"],
        "service_order_info": [{"order_id": "1", "out_order_no": "2", "state": "WAITPAY"}],
        "additional_info": {"type": "SHARE_POWER_TYPE", "share_power_info": {
            "return_time": "2026-03-20T10:00:00+08:00",
            "return_address_info": {"return_address": "somewhere", "longitude": "113.9", "latitude": "22.5"},
            "is_returned_to_same_machine": true}},
        "in_platform_service": false,
        "need_immediate_service": false,
        "is_agent_mode": false,
        "a_key_of_tomorrow": {"x": 1},
    });
    let reading = read_bytes("one.json", text.to_string().as_bytes());
    assert_eq!(problems(&reading), Vec::<String>::new());
    let read = &reading.documents[0].complaint;
    assert_eq!(
        read.complaint_time,
        Instant::from_unix_ms(1_773_986_400_120)
    );
    assert_eq!(read.complaint_state, ComplaintState::Processing);
    assert_eq!(read.complaint_order_info[0].amount, 9900);
    assert_eq!(
        read.complaint_media_list[0].media_type,
        Some(MediaType::UserComplaintImage)
    );
    assert_eq!(read.problem_type, Some(ProblemType::Refund));
    assert_eq!(read.user_tag_list, [UserTag::Trusted, UserTag::HighRisk]);
    assert_eq!(
        read.service_order_info[0].state,
        Some(ServiceOrderState::WaitPay)
    );
    let additional = read.additional_info.as_ref().unwrap();
    assert_eq!(additional.kind, Some(AdditionalType::SharePower));
    assert!(read.tells_of_power_bank());
    assert_eq!(read.payer_openid.as_ref().unwrap().as_str(), "oUser");
    assert_eq!(read.paid_fen(), 9900);
}

#[test]
fn unknown_values_keep_their_raw_string() {
    let mut unknown = detail("C1");
    unknown["complaint_state"] = json!("FROZEN");
    unknown["problem_type"] = json!("QUALITY");
    let reading = read_bytes("one.json", unknown.to_string().as_bytes());
    let read = &reading.documents[0].complaint;
    assert_eq!(read.complaint_state.as_str(), "FROZEN");
    assert_eq!(
        read.problem_type,
        Some(ProblemType::Unknown("QUALITY".to_owned()))
    );
    assert_eq!(
        OperateType::from_wire("MERCHANT_REFUSE_RERUND".to_owned()),
        OperateType::MerchantRefuseRefund
    );
}

#[test]
fn the_list_call_leaves_out_the_user_and_null_is_nothing() {
    let mut sparse = detail("C1");
    for key in [
        "payer_openid",
        "complaint_order_info",
        "complaint_media_list",
        "user_tag_list",
        "service_order_info",
        "additional_info",
        "apply_refund_amount",
    ] {
        sparse[key] = Value::Null;
    }
    let mut nameless = detail("C2");
    nameless["payer_openid"] = json!("");
    let list = json!({"data": [sparse, nameless], "limit": 10, "offset": 0, "total_count": 2});
    let reading = read_bytes("list.json", list.to_string().as_bytes());
    assert_eq!(problems(&reading), Vec::<String>::new());
    assert_eq!(ids(&reading.documents), ["C1", "C2"]);
    assert!(
        reading
            .documents
            .iter()
            .all(|document| document.complaint.payer_openid.is_none())
    );
}

#[test]
fn files_of_an_item_are_each_read_once_whichever_way_they_are_named() {
    let item = |media: Value| {
        json!({"complaint": detail("C1"), "history": {"data": [{
            "log_id": "1", "operate_time": "2026-03-20T14:00:00+08:00",
            "operate_type": "MERCHANT_RESPONSE", "image_list": ["a", "b", ""],
            "complaint_media_list": media}]}})
    };
    for media in [
        json!({"media_type": "OPERATION_IMAGE", "media_url": ["b", "c"]}),
        json!([{"media_type": "OPERATION_IMAGE", "media_url": ["b"]}, {"media_url": ["c"]}]),
    ] {
        let reading = read_bytes("one.json", item(media).to_string().as_bytes());
        assert_eq!(
            reading.documents[0].history.data[0].images(),
            ["a", "b", "c"]
        );
    }
}

#[test]
fn a_structured_message_is_a_text_where_details_are_blank() {
    let text = |details: &str| {
        let document = json!({"complaint": detail("C1"), "history": {"data": [{
            "log_id": "1", "operate_time": "2026-03-20T14:00:00+08:00",
            "operate_type": "MERCHANT_RESPONSE", "operate_details": details,
            "normal_message": {"blocks": [{"type": "TEXT"}]}}]}});
        read_bytes("one.json", document.to_string().as_bytes()).documents[0]
            .history
            .data[0]
            .text()
    };
    assert_eq!(text("said").as_deref(), Some("said"));
    assert_eq!(
        text(" ").as_deref(),
        Some(r#"{"blocks":[{"type":"TEXT"}]}"#)
    );
}

#[test]
fn instants_need_an_offset_and_are_cut_off_towards_the_past() {
    let ms = |text| parse_instant(text).map(Instant::unix_ms);
    assert_eq!(ms("1970-01-01T08:00:00+08:00"), Ok(0));
    assert_eq!(ms("1970-01-01T00:00:00.0019Z"), Ok(1));
    assert_eq!(ms("1969-12-31T23:59:59.9981Z"), Ok(-2));
    assert_eq!(ms("2026-03-20T14:00:00"), Err(InstantError::WithoutOffset));
    assert_eq!(
        ms("2026-06-30T23:59:60+00:00"),
        Err(InstantError::LeapSecond)
    );
    assert_eq!(ms("20 March"), Err(InstantError::Malformed));
}

#[test]
fn a_json_file_holds_one_document_over_lines_or_one_a_line() {
    let pair = json!({"complaint": detail("C1"), "history": {"data": []}});
    let pretty = serde_json::to_string_pretty(&pair).unwrap();
    assert_eq!(
        ids(&read_bytes("a.json", pretty.as_bytes()).documents),
        ["C1"]
    );
    let lines = format!("\u{feff}{}\r\n\r\n{}\n", pair, detail("C2"));
    for name in ["a.json", "a.ndjson", "A.NDJSON"] {
        assert_eq!(
            ids(&read_bytes(name, lines.as_bytes()).documents),
            ["C1", "C2"]
        );
    }
    for name in ["a.json.gz", "a.ndjson.gz"] {
        let reading = read_bytes(name, &gzipped(&lines));
        assert_eq!(ids(&reading.documents), ["C1", "C2"], "{name}");
    }
}

#[test]
fn a_gzip_file_of_several_members_is_read_to_its_end() {
    let mut bytes = gzipped(&format!("{}\n", detail("C1")));
    bytes.extend(gzipped(&format!("{}\n", detail("C2"))));
    let reading = read_bytes("a.ndjson.gz", &bytes);
    assert_eq!(ids(&reading.documents), ["C1", "C2"]);
}

#[test]
fn a_line_that_is_no_document_stops_nothing_and_is_named() {
    let lines = format!(
        "{}\nnot json\n[1]\n{}\n{{\"complaint\": {{\"complaint_id\": \"C9\"}}}}\n{}\n",
        detail("C1"),
        json!({"complaint_id": ""}),
        detail("C2"),
    );
    let reading = read_bytes("x/a.ndjson", lines.as_bytes());
    assert_eq!(ids(&reading.documents), ["C1", "C2"]);
    let said = problems(&reading);
    assert_eq!(said.len(), 4);
    assert!(said[0].starts_with("x/a.ndjson, line 2: not JSON: "));
    assert!(said[1].starts_with("x/a.ndjson, line 3: not a complaint document: "));
    assert_eq!(
        said[2],
        "x/a.ndjson, line 4: not a complaint document: complaint_id: an empty name"
    );
    assert_eq!(
        said[3],
        "x/a.ndjson, line 5: not a complaint document: complaint: missing field `complaint_time`"
    );
}

#[test]
fn the_place_of_a_wrong_value_is_named_down_to_the_field() {
    let mut wrong = detail("C2");
    wrong["complaint_order_info"] = json!([{"transaction_id": "1", "amount": -1}]);
    let list = json!({"data": [detail("C1"), wrong, detail("C3")]});
    let reading = read_bytes("a.json", list.to_string().as_bytes());
    assert_eq!(ids(&reading.documents), ["C1", "C3"]);
    assert_eq!(
        problems(&reading),
        [
            "a.json: not a complaint document: data[1].complaint_order_info[0].amount: \
             invalid value: integer `-1`, expected u64"
        ]
    );

    let item = json!({"log_id": "1", "operate_type": "USER_RESPONSE", "operate_time": "2026-03-20T14:00:00"});
    let pair = json!({"complaint": detail("C1"), "history": {"data": [item]}});
    let reading = read_bytes("a.json", pair.to_string().as_bytes());
    assert_eq!(
        problems(&reading),
        [
            "a.json: not a complaint document: history.data[0].operate_time: \
             a date and time without an offset from UTC"
        ]
    );
    let reading = read_bytes("a.json", b"{\"data\": 1}");
    assert_eq!(
        problems(&reading),
        ["a.json: not a complaint document: data: not an array"]
    );
    let reading = read_bytes("a.json", b"{\n\"complaint_id\": \"C1\"\n");
    assert_eq!(reading.problems[0].line, Some(3));
}

#[test]
fn a_truncated_gzip_file_contributes_nothing_and_is_named() {
    let lines: String = (0..2000)
        .map(|number| format!("{}\n", detail(&format!("C{number}"))))
        .collect();
    let whole = gzipped(&lines);
    let reading = read_bytes("a.ndjson.gz", &whole[..whole.len() / 2]);
    let problem = &reading.problems[0];
    assert!(matches!(problem.reason, Reason::TruncatedGzip));
    assert!(problem.line.is_some_and(|line| line > 100));
    assert_eq!(
        reading.documents.len(),
        0,
        "half of a story told first and the rest later is another story"
    );

    let reading = read_bytes("a.json.gz", &whole[..whole.len() / 2]);
    assert!(matches!(reading.problems[0].reason, Reason::TruncatedGzip));
    assert_eq!(reading.documents.len(), 0);
}

#[test]
fn a_damaged_gzip_file_is_named() {
    let reading = read_bytes("a.ndjson.gz", detail("C1").to_string().as_bytes());
    assert!(matches!(reading.problems[0].reason, Reason::DamagedGzip(_)));
}

#[test]
fn invalid_utf8_is_named_by_line_and_byte() {
    let mut bytes = format!("{}\n", detail("C1")).into_bytes();
    bytes.extend(b"{\"x\": \"\xff\"}\n");
    bytes.extend(detail("C2").to_string().bytes());
    for name in ["a.ndjson", "a.json"] {
        let reading = read_bytes(name, &bytes);
        assert_eq!(ids(&reading.documents), ["C1", "C2"]);
        assert_eq!(
            problems(&reading),
            [format!(
                "{name}, line 2: invalid UTF-8 after byte 7 of the line"
            )]
        );
    }
    let reading = read_bytes("a.json", b"{\n\"x\":\n\"\xff\"\n}");
    assert_eq!(
        problems(&reading),
        ["a.json, line 3: invalid UTF-8 after byte 1 of the line"]
    );
}

#[test]
fn a_folder_is_read_in_order_of_names_and_only_its_documents() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("b.json", detail("C2").to_string().as_bytes());
    write("a.ndjson.gz", &gzipped(&detail("C1").to_string()));
    write("README.md", b"nothing");
    fs::create_dir(folder.path().join("c.json")).unwrap();
    let reading = read(folder.path()).unwrap();
    assert_eq!(ids(&reading.documents), ["C1", "C2"]);
    assert_eq!(problems(&reading), Vec::<String>::new());
}

#[test]
fn a_path_that_gives_nothing_to_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    assert!(matches!(
        read(&missing),
        Err(ReadError::Unreadable { path, .. }) if path == missing
    ));
    assert!(matches!(
        read(folder.path()),
        Err(ReadError::EmptyFolder { .. })
    ));
    let other = folder.path().join("notes.txt");
    fs::write(&other, "x").unwrap();
    assert!(matches!(
        read(&other),
        Err(ReadError::NotADocumentFile { .. })
    ));
}
