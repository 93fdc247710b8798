//! Lists in JSON, which is also how Python prints a list.

use serde_json::Value;

use super::numbers::{Numbers, not_one, whole_real};

/// The text as JSON, where it is a list or an object.
pub(super) fn value(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// The list that a value is, or that an object has among its members.
pub(super) fn numbers(value: &Value) -> Result<Numbers, String> {
    match value {
        Value::Array(items) => list(items),
        Value::Object(members) => {
            let lists: Vec<_> = members.iter().filter_map(|(name, v)| Some((name, v.as_array()?))).collect();
            match lists.as_slice() {
                [(_, only)] => list(only),
                [] => {
                    let names: Vec<&str> = members.keys().map(String::as_str).take(8).collect();
                    Err(format!("its object has no list; it has {}", names.join(", ")))
                }
                several => {
                    let names: Vec<&str> = several.iter().map(|(n, _)| n.as_str()).take(8).collect();
                    Err(format!(
                        "its object has {} lists: {}; store the one that is meant by itself",
                        several.len(),
                        names.join(", ")
                    ))
                }
            }
        }
        other => Err(format!("`{other}` is no list")),
    }
}

fn list(items: &[Value]) -> Result<Numbers, String> {
    let inner: Vec<&Vec<Value>> = items.iter().filter_map(Value::as_array).collect();
    if !inner.is_empty() && inner.len() == items.len() {
        return match inner.as_slice() {
            [only] => list(only),
            many if many.iter().all(|m| m.len() == 1) => {
                list(&many.iter().flat_map(|m| m.iter().cloned()).collect::<Vec<Value>>())
            }
            many if many.iter().all(|m| m.len() == many[0].len()) => {
                Err(not_one(&[many.len(), many[0].len()]))
            }
            many => {
                Err(format!("it is a list of {} lists; store the one that is meant by itself", many.len()))
            }
        };
    }
    let flags: Option<Vec<bool>> = items.iter().map(Value::as_bool).collect();
    if let Some(flags) = flags.filter(|f| !f.is_empty()) {
        return Ok(Numbers::Mask(flags));
    }
    let one = |item: &Value| {
        let number = item.as_i64().or_else(|| whole_real(item.as_f64()?));
        number.ok_or_else(|| format!("`{item}` is not a whole number"))
    };
    items.iter().map(one).collect::<Result<_, _>>().map(Numbers::List)
}
