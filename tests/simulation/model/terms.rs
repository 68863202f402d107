//! What the model knows of an edition: a few numbers, read from the edition's own file.

use toml::Value;

pub const SECOND: i64 = 1_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

/// The numbers of one edition.
#[derive(Clone, Debug)]
pub struct Terms {
    pub effective_at: i64,
    pub first_reply: i64,
    pub pause_reasons: Vec<String>,
    pub window: i64,
    pub step_down_after: i64,
    /// For each tier, lowest first, the least number of liable rounds that alone enters it.
    pub entered_at_liable_rounds: Vec<Option<u64>>,
}

/// Tiers, lowest first, without `none`.
pub const TIERS: [&str; 7] = ["watch", "t1", "t2", "t3", "t4", "t5", "t6"];

impl Terms {
    /// The numbers of a file that lies over the default edition, or of the default edition alone.
    pub fn read(default: &str, over: Option<&str>) -> Self {
        let base: Value = toml::from_str(default).unwrap();
        let over: Option<Value> = over.map(|text| toml::from_str(text).unwrap());
        let find = |table: &str, key: &str| {
            let inside = |file: &Value| file.get(table)?.get(key).cloned();
            over.as_ref()
                .and_then(inside)
                .or_else(|| inside(&base))
                .unwrap()
        };
        let tiers = over
            .as_ref()
            .and_then(|file| file.get("tier"))
            .or_else(|| base.get("tier"));
        Self {
            effective_at: i64::MIN,
            first_reply: span(&find("clocks", "first_reply")),
            pause_reasons: texts(&find("clocks", "pause_reasons")),
            window: span(&find("standing", "window")),
            step_down_after: span(&find("standing", "step_down_after")),
            entered_at_liable_rounds: tiers
                .and_then(Value::as_array)
                .unwrap()
                .iter()
                .map(entered_by_liable_rounds_alone)
                .collect(),
        }
    }
}

fn entered_by_liable_rounds_alone(tier: &Value) -> Option<u64> {
    let lines = tier.get("enter")?.as_array()?;
    lines
        .iter()
        .filter_map(Value::as_table)
        .filter(|line| line.len() == 1)
        .find_map(|line| u64::try_from(line.get("liable_rounds")?.as_integer()?).ok())
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

/// A span of one number and one unit, which is all that these editions use.
pub fn span_of(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "d" => DAY,
        "h" => HOUR,
        "m" => 60 * SECOND,
        "s" => SECOND,
        _ => panic!("{text} is no span that the model knows"),
    };
    number.parse::<i64>().unwrap() * unit
}

fn span(value: &Value) -> i64 {
    span_of(value.as_str().unwrap())
}
