//! Lists in text: one number a line, all in one line, in one pair of brackets, or a column of a table.

use mu_step::ListOf;

use super::numbers::{Numbers, whole};

/// Headers of columns that number samples.
const SAMPLES: [&str; 13] = [
    "index",
    "indices",
    "idx",
    "sample",
    "samples",
    "sample_index",
    "sample_indices",
    "sample_idx",
    "sample_number",
    "forget_index",
    "forget_indices",
    "forget_idx",
    "image_index",
];
/// Headers of columns that may number samples, or something else.
const PERHAPS: [&str; 7] = ["", "forget", "forget_set", "id", "ids", "number", "sample_id"];
/// Headers of columns that number groups.
const GROUPS: [&str; 5] = ["group", "groups", "group_id", "group_index", "group_number"];

pub(super) fn numbers(text: &str, of: ListOf) -> Result<Numbers, String> {
    let plain: Vec<&str> = text.lines().map(uncommented).filter(|l| !l.is_empty()).collect();
    let whole_text = plain.join("\n");
    if let Some(inner) = bracketed(&whole_text) {
        let words = inner.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
        return words.map(cell).collect::<Result<_, _>>().map(Numbers::List);
    }
    let mut rows = rows(&plain)?;
    let header = match rows.first() {
        Some(first) if is_header(first) => rows.remove(0),
        Some(_) => Vec::new(),
        None => return Err("it has no numbers".to_owned()),
    };
    let width = rows.iter().chain([&header]).map(Vec::len).max().unwrap_or(0);
    if let Some(at) = rows.iter().position(|r| r.len() != width) {
        let (has, at) = (rows[at].len(), at + 1);
        return Err(match header.is_empty() {
            true => format!(
                "its lines have up to {width} numbers, line {at} has {has}: a list is one number a line, or all in one line"
            ),
            false => format!("its header has {width} columns, row {at} has {has}"),
        });
    }
    let column = match (width, rows.len()) {
        (1, _) => 0,
        // All numbers in one line.
        (_, 1) if header.is_empty() => {
            return rows[0].iter().map(|c| cell(c)).collect::<Result<_, _>>().map(Numbers::List);
        }
        (_, count) if header.is_empty() => {
            return Err(format!(
                "it has {count} lines of {width} numbers: a list is one number a line, or all in one line"
            ));
        }
        _ => choose(&header, &rows, of)?,
    };
    rows.iter().map(|row| cell(&row[column])).collect::<Result<_, _>>().map(Numbers::List)
}

/// A line up to its comment.
fn uncommented(line: &str) -> &str {
    let line = line.split('#').next().unwrap_or("").trim();
    if line.starts_with('%') || line.starts_with("//") { "" } else { line }
}

/// What lies in one pair of brackets.
fn bracketed(text: &str) -> Option<&str> {
    let pairs = [('[', ']'), ('(', ')'), ('{', '}')];
    pairs.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))
}

fn cell(text: &str) -> Result<i64, String> {
    match text {
        "" => Err("a cell of the column is empty".to_owned()),
        text => whole(text).ok_or_else(|| format!("`{text}` is not a whole number")),
    }
}

/// Cells of each line, without columns at the right that are empty throughout.
fn rows(lines: &[&str]) -> Result<Vec<Vec<String>>, String> {
    let delimiter = [',', ';', '\t'].into_iter().find(|d| lines.iter().any(|l| l.contains(*d)));
    let mut rows: Vec<Vec<String>> = match delimiter {
        None => lines.iter().map(|l| l.split_whitespace().map(str::to_owned).collect()).collect(),
        Some(delimiter) => {
            let text = lines.join("\n");
            let reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter as u8)
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes());
            let record = |r: Result<csv::StringRecord, csv::Error>| {
                r.map(|r| r.iter().map(str::to_owned).collect()).map_err(|e| e.to_string())
            };
            reader.into_records().map(record).collect::<Result<_, String>>()?
        }
    };
    while rows.iter().all(|r| r.len() > 1 && r.last().is_some_and(String::is_empty)) && !rows.is_empty() {
        rows.iter_mut().for_each(|r| drop(r.pop()));
    }
    Ok(rows)
}

/// Whether a first line names columns: some of its cells are words, or empty as where pandas names none, and none is a number that
/// was written wrongly.
fn is_header(row: &[String]) -> bool {
    let is_name = |c: &String| c.is_empty() || c.starts_with(|f: char| f.is_alphabetic() || f == '_');
    row.iter().any(is_name) && row.iter().all(|c| is_name(c) || whole(c).is_some())
}

/// The column of a table that is meant, by its header alone.
fn choose(header: &[String], rows: &[Vec<String>], of: ListOf) -> Result<usize, String> {
    let names: Vec<String> = header.iter().map(|h| h.to_lowercase().replace([' ', '-', '.'], "_")).collect();
    let counts = |column: usize| rows.iter().enumerate().all(|(i, r)| whole(&r[column]) == Some(i as i64));
    let called = |list: &[&str]| -> Vec<usize> {
        (0..names.len()).filter(|c| list.contains(&names[*c].as_str())).collect()
    };
    let shown = || {
        let shown: Vec<&str> =
            header.iter().map(|h| if h.is_empty() { "(without a name)" } else { h.as_str() }).collect();
        shown.join(", ")
    };
    match of {
        ListOf::Samples => {
            // pandas puts a count of the rows before the columns.
            let rivals: Vec<usize> =
                called(&PERHAPS).into_iter().filter(|c| !(names[*c].is_empty() && counts(*c))).collect();
            match (called(&SAMPLES).as_slice(), rivals.as_slice()) {
                ([only], []) => Ok(*only),
                _ => Err(format!(
                    "it has columns {}, and nothing says which numbers the samples; keep that one column, or call it `index`, and \
                     no other like it",
                    shown()
                )),
            }
        }
        ListOf::Groups => match called(&GROUPS).as_slice() {
            [only] => {
                let samples = [called(&SAMPLES), called(&PERHAPS)].concat();
                match samples.into_iter().find(|c| !counts(*c)) {
                    None => Ok(*only),
                    Some(other) => Err(format!(
                        "its column `{}` does not count 0, 1, 2, …: groups are read in the order of the samples; sort the rows, or \
                         keep the one column `{}`",
                        header[other], header[*only]
                    )),
                }
            }
            _ => Err(format!(
                "it has columns {}, and nothing says which is the group; keep that one column, or call it `group`",
                shown()
            )),
        },
    }
}
