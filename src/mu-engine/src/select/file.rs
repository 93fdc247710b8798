//! Files of whole numbers: npy, JSON, CSV, text, and Python's pickled lists, read by a parser that executes nothing.

use std::path::Path;

use mu_checkpoint::pickle;
use mu_step::Failure;

use super::bad;

/// The numbers of a file whose bytes are the planned ones.
fn read(path: Option<&Path>, digest: &str) -> Result<Vec<i64>, Failure> {
    let path = path.ok_or_else(|| bad("the step does not say where its file is"))?;
    let bytes = std::fs::read(path).map_err(|e| bad(format!("cannot read {}: {e}", path.display())))?;
    if blake3::hash(&bytes).to_hex().as_str() != digest {
        return Err(bad(format!("{} changed while mu was running; run it again", path.display())));
    }
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let found = match ending.as_str() {
        "npy" => npy(&bytes),
        "json" => serde_json::from_slice(&bytes).map_err(|e| e.to_string()),
        "csv" => csv(&bytes),
        "pkl" | "pickle" => pickle::parse(&bytes).and_then(|p| pickle::integers(&p, p.root)),
        "txt" | "" => std::str::from_utf8(&bytes).map_err(|e| e.to_string()).and_then(words),
        other => {
            Err(format!("`.{other}` files hold no list of numbers that mu reads: npy, json, csv, txt, pkl"))
        }
    };
    found.map_err(|reason| bad(format!("{}: {reason}", path.display())))
}

fn npy(bytes: &[u8]) -> Result<Vec<i64>, String> {
    let open = || npyz::NpyFile::new(bytes).map_err(|e| e.to_string());
    // numpy writes int64 and, on some systems or of torch tensors, int32.
    if let Ok(wide) = open()?.into_vec::<i64>() {
        return Ok(wide);
    }
    let narrow = open()?.into_vec::<i32>().map_err(|e| format!("it does not hold whole numbers: {e}"))?;
    Ok(narrow.into_iter().map(i64::from).collect())
}

/// The last column; a first line of words is a header.
fn csv(bytes: &[u8]) -> Result<Vec<i64>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(bytes);
    let mut numbers = Vec::new();
    for (line, record) in reader.records().enumerate() {
        let record = record.map_err(|e| e.to_string())?;
        let last = record.iter().next_back().unwrap_or("");
        match last.parse() {
            Ok(number) => numbers.push(number),
            Err(_) if line == 0 => {}
            Err(_) => return Err(format!("line {}: `{last}` is not a whole number", line + 1)),
        }
    }
    Ok(numbers)
}

fn words(text: &str) -> Result<Vec<i64>, String> {
    let word = |w: &str| w.parse().map_err(|_| format!("`{w}` is not a whole number"));
    text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).map(word).collect()
}

/// Sample numbers, each once, ascending.
pub(super) fn indices(path: Option<&Path>, digest: &str) -> Result<Vec<i64>, Failure> {
    let mut found = read(path, digest)?;
    found.sort_unstable();
    if let Some(twice) = found.windows(2).find(|w| w[0] == w[1]) {
        return Err(bad(format!("sample {} is in the file twice", twice[0])));
    }
    Ok(found)
}

/// A number for each of `samples` samples.
pub(super) fn numbers(path: Option<&Path>, digest: &str, samples: usize) -> Result<Vec<i64>, Failure> {
    let found = read(path, digest)?;
    if found.len() != samples {
        return Err(bad(format!(
            "the file has {} numbers, the training part {samples} samples: it must have one for each",
            found.len()
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(name: &str, bytes: &[u8]) -> Result<Vec<i64>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        indices(Some(&path), blake3::hash(bytes).to_hex().as_str())
    }

    #[test]
    fn every_format_is_read() {
        let pickled = b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(K\x03K\x01M,\x01e.";
        for (name, bytes) in [
            ("a.txt", b"3 1\n300\n".as_slice()),
            ("a.json", b"[3, 1, 300]"),
            ("a.csv", b"name,index\nx,3\ny,1\nz,300\n"),
            ("a.pkl", pickled),
        ] {
            assert_eq!(read_as(name, bytes).unwrap(), [1, 3, 300], "{name}");
        }
    }

    /// A pickle that would run a program when Python opened it is refused, not run.
    #[test]
    fn pickles_execute_nothing() {
        let marker = tempfile::tempdir().unwrap();
        let file = marker.path().join("ran");
        let bytes = format!("cos\nsystem\n(S'touch {}'\ntR.", file.display());
        let refused = read_as("evil.pkl", bytes.as_bytes());
        assert!(refused.is_err() && !file.exists(), "{refused:?}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(read_as("a.txt", b"1 two").unwrap_err().message.contains("`two` is not a whole number"));
        assert!(read_as("a.txt", b"1 2 1").unwrap_err().message.contains("sample 1 is in the file twice"));
        assert!(read_as("a.xyz", b"1").unwrap_err().message.contains("npy, json, csv, txt, pkl"));
        assert!(read_as("a.npy", b"no").is_err() && read_as("a.json", b"{}").is_err());
    }
}
