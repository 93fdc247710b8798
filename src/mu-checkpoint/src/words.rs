//! Names out of files, in messages: a few of them, none longer than a line.

/// How many are shown.
const MOST: usize = 8;
/// Characters of a name.
const LONGEST: usize = 60;

/// The first of some names.
pub(crate) fn short<T: AsRef<str>>(names: &[T]) -> String {
    let one = |name: &T| {
        let name = name.as_ref();
        match name.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", &name[..at]),
            None => name.to_owned(),
        }
    };
    let mut shown: Vec<String> = names.iter().take(MOST).map(one).collect();
    if names.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
