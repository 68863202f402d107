//! Notices from a measure to the record of their delivery.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use parking_lot::Mutex;
use redress_domain::event::Event;
use redress_domain::identity::StreamId;
use redress_domain::measure::{MeasureEvent, MeasureId, MeasureKind};
use redress_domain::merchant;
use redress_domain::rulebook::Channel;
use redress_engine::{EventRange, Look};
use serde_json::{Value, json};

use super::letter::{Facts, Language};
use super::outbox::notice_id;
use super::wording::words;
use super::{ChannelSettings, NoticeSettings};
use crate::configuration::Configuration;
use crate::fixture::{accepted, document, get, register, send, service, shown_when, until};
use crate::service::Service;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Somebody who takes notices of a channel; how it answers can be set.
struct Taker {
    url: String,
    taken: Arc<Mutex<Vec<Value>>>,
    status: Arc<Mutex<u16>>,
    /// How long it takes to answer.
    pause: Arc<Mutex<Duration>>,
}

impl Taker {
    async fn start() -> Self {
        let taken: Arc<Mutex<Vec<Value>>> = Arc::default();
        let status = Arc::new(Mutex::new(200));
        let pause = Arc::new(Mutex::new(Duration::ZERO));
        let (keep, answer) = (Arc::clone(&taken), Arc::clone(&status));
        let slowly = Arc::clone(&pause);
        let routes = Router::new().route(
            "/",
            post(move |body: Bytes| async move {
                keep.lock().push(serde_json::from_slice(&body).unwrap());
                let pause = *slowly.lock();
                tokio::time::sleep(pause).await;
                StatusCode::from_u16(*answer.lock()).unwrap()
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            url,
            taken,
            status,
            pause,
        }
    }

    fn settings(&self) -> NoticeSettings {
        let target = ChannelSettings {
            url: self.url.clone(),
            secret: SECRET.to_owned(),
        };
        NoticeSettings {
            channels: [("in_site".to_owned(), target)].into(),
            first_pause_ms: 20,
            longest_pause_ms: 50,
            ..NoticeSettings::default()
        }
    }
}

fn with(notices: NoticeSettings) -> Arc<Service> {
    service(Configuration {
        notices,
        ..Configuration::default()
    })
}

async fn impose(service: &Arc<Service>, merchant_id: &str) {
    register(service, merchant_id).await;
    let command = json!({
        "type": "merchant.impose_measure",
        "by": { "role": "risk", "id": "K1" },
        "data": {
            "merchant_id": merchant_id, "kind": "pre_debit_reminder",
            "grounds": ["inspection 2026-04"], "rationale": "found on inspection",
        },
    });
    accepted(service, &command).await;
}

/// The proofs of delivery that the log has, by channel.
fn recorded(service: &Service) -> Vec<(String, String)> {
    let mut recorded = Vec::new();
    let see = |event: &Event| {
        if let Event::Merchant(merchant::Event::Measure(MeasureEvent::NoticeDelivered {
            channel,
            delivery_ref,
            ..
        })) = event
        {
            recorded.push((
                channel.as_str().to_owned(),
                delivery_ref.as_str().to_owned(),
            ));
        }
    };
    let mut see = see;
    service
        .engine
        .events(&EventRange::default(), |one| {
            see(&one.event);
            true
        })
        .unwrap();
    recorded
}

// rulebook 4.2
#[tokio::test]
async fn a_notice_is_delivered_and_recorded_once() {
    let taker = Taker::start().await;
    let service = with(taker.settings());
    impose(&service, "M1").await;
    // What is kept around the engine is lost twice: the same notice is found again.
    for _ in 0..2 {
        let again = Service::new(
            Arc::clone(&service.engine),
            Configuration {
                notices: taker.settings(),
                ..Configuration::default()
            },
        )
        .unwrap();
        let running = tokio::spawn(super::run(Arc::clone(&again)));
        let last = service.engine.last_position();
        until(|| again.notices.outbox.lock().read_until >= last).await;
        let is_done = || {
            let outbox = again.notices.outbox.lock();
            !outbox.notices.values().any(|one| one.channel == "in_site")
        };
        until(|| is_done() && !recorded(&again).is_empty()).await;
        again.stopping.cancel();
        running.await.unwrap();
    }
    let taken = taker.taken.lock().clone();
    assert_eq!(taken.len(), 1, "{taken:?}");
    let data = &taken[0]["data"];
    assert_eq!(data["channel"], "in_site");
    assert_eq!(data["to"]["id"], "M1");
    assert_eq!(data["clause"], "4.2(3)");
    let id = data["notice_id"].as_str().unwrap();
    assert_eq!(
        recorded(&service),
        [("in_site".to_owned(), format!("in_site:{id}"))]
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_waits_for_somebody() {
    let taker = Taker::start().await;
    *taker.status.lock() = 503;
    let service = with(NoticeSettings {
        given_up_after_ms: 150,
        ..taker.settings()
    });
    tokio::spawn(super::run(Arc::clone(&service)));
    impose(&service, "M1").await;
    let are_given_up = |shown: &Value| {
        let all = shown["notices"].as_array().unwrap();
        !all.is_empty() && all.iter().all(|one| one["status"] == "given_up")
    };
    let shown = shown_when(&service, "/v1/notices", are_given_up).await;
    let all = shown["notices"].as_array().unwrap();
    let of = |channel: &str| all.iter().find(|one| one["channel"] == channel).unwrap();
    assert_eq!(
        of("in_site")["last_error"],
        "answered 503 Service Unavailable"
    );
    assert_eq!(of("in_site")["status"], "given_up");
    assert_eq!(
        of("email")["last_error"],
        "no server for email is configured"
    );
    assert!(taker.taken.lock().len() >= 2);
    assert_eq!(recorded(&service), []);

    *taker.status.lock() = 200;
    let asked = json!({ "notice_id": of("in_site")["notice_id"] });
    let (status, answer) = send(&service, "POST", "/v1/notices/retry", &asked).await;
    assert_eq!(
        (status, &answer["retried"]),
        (StatusCode::ACCEPTED, &json!(1))
    );
    until(|| recorded(&service).len() == 1).await;
}

#[tokio::test]
async fn nobody_can_use_up_the_id_under_which_a_delivery_is_recorded() {
    let taker = Taker::start().await;
    let service = with(taker.settings());
    // What a merchant knows of its notice, or can guess, is the notice's id.
    let stream = StreamId::parse("merchant-M1").unwrap();
    let notice = notice_id(&stream, MeasureId::parse("m1").unwrap(), Channel::InSite);
    impose(&service, "M1").await;
    let command = json!({
        "id": notice.to_string(),
        "type": "merchant.register",
        "by": { "role": "service", "id": "S1" },
        "data": {
            "merchant_id": "M9", "kind": "direct", "industry": "general", "name": "Example",
        },
    });
    accepted(&service, &command).await;
    tokio::spawn(super::run(Arc::clone(&service)));
    until(|| !recorded(&service).is_empty()).await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_a_restart_delivers_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let taker = Taker::start().await;
    *taker.pause.lock() = Duration::from_millis(300);
    let first = with(taker.settings());
    impose(&first, "M1").await;
    let begin = || {
        let service = Service::new(
            Arc::clone(&first.engine),
            Configuration {
                notices: taker.settings(),
                directory: Some(directory.path().to_owned()),
                ..Configuration::default()
            },
        )
        .unwrap();
        let running = tokio::spawn(super::run(Arc::clone(&service)));
        (service, running)
    };
    let (service, running) = begin();
    until(|| taker.taken.lock().len() == 1).await;
    let secret = service.notices.outbox.lock().secret;
    service.stopping.cancel();
    running.await.unwrap();
    assert_eq!(recorded(&first).len(), 1);

    let (service, running) = begin();
    assert_eq!(service.notices.outbox.lock().secret, secret);
    tokio::time::sleep(Duration::from_millis(200)).await;
    service.stopping.cancel();
    running.await.unwrap();
    assert_eq!(taker.taken.lock().len(), 1);
}

#[tokio::test]
async fn a_server_for_email_that_says_nothing_delays_no_other_channel() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let contacts = directory.path().join("contacts.json");
    let to = json!({ "email": ["to@example.com"] });
    let merchants: serde_json::Map<String, Value> = (1..=6)
        .map(|number| (format!("M{number}"), to.clone()))
        .collect();
    std::fs::write(&contacts, json!({ "merchants": merchants }).to_string()).unwrap();
    let taker = Taker::start().await;
    let service = with(NoticeSettings {
        email: Some(super::EmailSettings {
            host: "127.0.0.1".to_owned(),
            port: silent.local_addr().unwrap().port(),
            from: "from@example.com".to_owned(),
            protection: super::email::Protection::None,
            user: None,
            password: None,
        }),
        contacts: Some(contacts),
        ..taker.settings()
    });
    tokio::spawn(super::run(Arc::clone(&service)));
    let begun = std::time::Instant::now();
    for number in 1..=6 {
        impose(&service, &format!("M{number}")).await;
        until(|| recorded(&service).len() == number).await;
    }
    let timeout = Duration::from_millis(service.configuration.notices.timeout_ms);
    assert!(begun.elapsed() < timeout / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_old_notice_is_not_delivered_unasked() {
    let taker = Taker::start().await;
    let service = with(NoticeSettings {
        too_old_after_ms: 0,
        ..taker.settings()
    });
    impose(&service, "M1").await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    tokio::spawn(super::run(Arc::clone(&service)));
    let last = service.engine.last_position();
    until(|| service.notices.outbox.lock().read_until >= last).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(taker.taken.lock().len(), 0);
    let shown = document(get(&service, "/v1/notices").await).await;
    assert_eq!(shown["notices"][0]["last_error"], "was issued too long ago");
}

#[tokio::test]
async fn a_letter_says_what_why_by_when_and_how_to_appeal() {
    let service = with(NoticeSettings::default());
    register(&service, "M1").await;
    let command = json!({
        "type": "merchant.impose_measure",
        "by": { "role": "risk", "id": "K1" },
        "data": {
            "merchant_id": "M1", "kind": "rectification", "grounds": ["inspection 2026-04"],
            "rationale": "agents answer by machine",
        },
    });
    accepted(&service, &command).await;
    let id = redress_domain::identity::MerchantId::new("M1").unwrap();
    let seen = service.engine.merchant(&id, Look::default()).unwrap();
    let merchant = seen.value.unwrap().merchant;
    let measure = merchant.measures.iter().next().unwrap();
    let facts = Facts {
        owner: merchant.measures.owner,
        owner_id: "M1",
        owner_name: &merchant.name,
        measure,
        offset: seen.rulebook.in_force(seen.at).civil_offset,
    };
    let due = redress_protocol::instant::format_instant(
        measure.rectification.as_ref().unwrap().due_at,
        facts.offset,
    );
    let appeal = redress_protocol::instant::format_instant(
        measure.appeal.as_ref().unwrap().window_until,
        facts.offset,
    );
    for (language, name) in [(Language::Zh, "限期整改"), (Language::En, "rectification")] {
        let letter = facts.letter(language);
        assert!(letter.subject.contains(name), "{}", letter.subject);
        for said in [
            "M1",
            "Example",
            "4.2(1)",
            "m1",
            "agents answer by machine",
            "inspection 2026-04",
            &due,
            &measure.cure,
        ] {
            assert!(letter.body.contains(said), "`{said}` in {}", letter.body);
        }
        let last = letter.body.lines().last().unwrap();
        for said in [appeal.as_str(), "merchant.appeal", "m1"] {
            assert!(last.contains(said), "`{said}` in {last}");
        }
    }
    let both = facts.letter(Language::Both);
    assert!(both.body.contains("限期整改") && both.body.contains("rectification"));
}

#[test]
fn every_kind_of_measure_has_words_of_its_own_in_both_languages() {
    let mut names = std::collections::BTreeSet::new();
    for kind in MeasureKind::ALL {
        let [chinese, english] = words(*kind);
        assert!(
            names.insert(chinese.name) && names.insert(english.name),
            "{kind:?}"
        );
        assert!(
            !chinese.task.is_ascii() && english.task.is_ascii(),
            "{kind:?}"
        );
    }
}

#[test]
fn settings_that_nothing_could_be_delivered_with_are_refused_by_name() {
    let of_channel = |url: &str, secret: &str| {
        let target = ChannelSettings {
            url: url.to_owned(),
            secret: secret.to_owned(),
        };
        NoticeSettings {
            channels: [("wechat".to_owned(), target)].into(),
            ..NoticeSettings::default()
        }
    };
    let email = super::EmailSettings {
        host: "mail.example".to_owned(),
        port: 465,
        from: "Rules <rules@example.com>".to_owned(),
        protection: super::email::Protection::Tls,
        user: None,
        password: None,
    };
    let of_email = |email: super::EmailSettings| NoticeSettings {
        email: Some(email),
        ..NoticeSettings::default()
    };
    for right in [
        of_channel("http://127.0.0.1:1/", SECRET),
        of_email(email.clone()),
    ] {
        right.check().unwrap();
    }
    for (place, wrong) in [
        ("notices.channels.wechat.url", of_channel("nowhere", SECRET)),
        (
            "notices.channels.wechat.url",
            of_channel("https://name:word@passes.example/", SECRET),
        ),
        (
            "notices.channels.wechat.secret",
            of_channel("https://passes.example/", ""),
        ),
        (
            "notices.channels.wechat.secret",
            of_channel("https://passes.example/", "whsec_c2hvcnQ="),
        ),
        (
            "notices.email.from",
            of_email(super::EmailSettings {
                from: "rules".to_owned(),
                ..email.clone()
            }),
        ),
        (
            "notices.email.host",
            of_email(super::EmailSettings {
                host: String::new(),
                ..email.clone()
            }),
        ),
        (
            "notices.email.user",
            of_email(super::EmailSettings {
                password: Some("word".to_owned()),
                ..email
            }),
        ),
    ] {
        let error = wrong.check().unwrap_err().to_string();
        assert!(error.starts_with(place), "{error}");
        assert!(
            !error.contains("word@") && !error.contains("whsec_c2"),
            "{error}"
        );
    }
}

#[test]
fn a_channel_that_is_none_is_refused_and_secrets_are_not_shown() {
    let target = ChannelSettings {
        url: "http://127.0.0.1/".to_owned(),
        secret: SECRET.to_owned(),
    };
    let settings = |name: &str| NoticeSettings {
        channels: [(name.to_owned(), target.clone())].into(),
        ..NoticeSettings::default()
    };
    for wrong in ["fax", "email"] {
        assert!(settings(wrong).check().is_err(), "{wrong}");
    }
    assert!(settings("wechat").check().is_ok());
    let shown = Configuration {
        notices: settings("wechat"),
        ..Configuration::default()
    };
    assert!(!shown.shown().unwrap().contains("whsec_"));
}
