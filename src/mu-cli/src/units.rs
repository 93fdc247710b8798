//! Times and amounts of memory, as people write and read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `90s`, `45m`, `2h`, `1.5d`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let seconds = match unit {
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(format!("`{unit}` is no unit of time: s, m, h, d")),
    };
    let number: f64 = number.parse().map_err(|_| "a number and a unit, such as 45m".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|e| e.to_string())
}

/// `800MB`, `16GB`, `4GiB`.
pub(crate) fn memory(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let bytes = match unit {
        "B" => 1.0,
        "MB" | "M" => 1e6,
        "MiB" => 1024.0 * 1024.0,
        "GB" | "G" => 1e9,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(format!("`{unit}` is no unit of memory: MB, GB, MiB, GiB")),
    };
    let number: f64 = number.parse().map_err(|_| "a number and a unit, such as 16GB".to_owned())?;
    if number > 0.0 { Ok((number * bytes) as u64) } else { Err("it must be more than nothing".to_owned()) }
}

fn split(text: &str) -> (&str, &str) {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..at], text[at..].trim())
}

/// How long ago a time is, by this machine's clock.
pub(crate) fn ago(at: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    match now.checked_sub(at) {
        Some(seconds) if at > 0 => format!("{} ago", duration(seconds as f64)),
        _ => "at an unknown time".to_owned(),
    }
}

/// Seconds in words: `40 s`, `12 min`, `3.5 h`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// Bytes in words: `1.5 kB`, `20.0 MB`, `1.25 GB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b >= 1e9 => format!("{:.2} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} kB", b / 1e3),
    }
}
