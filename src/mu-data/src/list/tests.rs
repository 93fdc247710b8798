//! Every form in which people store a list of samples (tests/parity/make_lists.py), and what is none.

use std::path::PathBuf;

use super::*;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/miniatures/lists").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder(name)).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn every_form_of_a_list_is_read() {
    let all = files("read");
    assert!(all.len() > 80, "{}", all.len());
    let said: Vec<String> = all
        .iter()
        .filter_map(|path| {
            let found = list(path, ListOf::Samples).map_err(|e| e.to_string());
            match found.and_then(|l| l.samples(120)) {
                Ok(found) if found == [1, 3, 100] => None,
                other => Some(format!("{}: {other:?}", path.display())),
            }
        })
        .collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
    let threes: Vec<i64> = (3..123).step_by(3).collect();
    for path in files("ranges") {
        assert_eq!(
            list(&path, ListOf::Samples).unwrap(),
            Numbers::List(threes.clone()),
            "{}",
            path.display()
        );
    }
}

/// One list in different files is one list to what is keyed by it; another order is another list.
#[test]
fn a_digest_is_of_the_numbers() {
    let digest = |name: &str| list(&folder("read").join(name), ListOf::Samples).unwrap().digest();
    let same = ["int64.npy", "uint8.npy", "tensor.pt", "lines.txt", "row.csv", "index.csv", "list.json"];
    same.iter().for_each(|name| assert_eq!(digest(name), digest("list4.pkl"), "{name}"));
    assert_ne!(digest("int64.npy"), digest("mask.npy"));
    assert_ne!(Numbers::List(vec![1, 0]).digest(), Numbers::List(vec![0, 1]).digest());
    assert_ne!(Numbers::List(Vec::new()).digest(), Numbers::Mask(Vec::new()).digest());
}

#[test]
fn groups_are_read_by_their_column() {
    for path in files("groups") {
        let found = list(&path, ListOf::Groups).map_err(|e| e.to_string());
        assert_eq!(found.and_then(|l| l.groups(5)), Ok(vec![7, 7, 8, 7, 9]), "{}", path.display());
    }
    let parsed = |text: &str| parse(text.as_bytes(), "csv", ListOf::Groups);
    let said = parsed("index,group\n3,7\n1,8\n").unwrap_err();
    assert!(said.contains("`index` does not count 0, 1, 2"), "{said}");
    let said = parsed("file,label,person\na,1,7\nb,1,8\n").unwrap_err();
    assert!(said.contains("columns file, label, person"), "{said}");
    let short = parsed("group\n7\n8\n").unwrap().groups(3).unwrap_err();
    assert!(short.contains("2 numbers, the training part 3 samples"), "{short}");
}

#[test]
fn what_is_no_list_is_refused() {
    let wants = [
        ("binary.dat", "neither text nor"),
        ("comments.txt", "no numbers"),
        ("complex.npy", "no whole numbers"),
        ("cut.json", "no JSON"),
        ("empty.txt", "it is empty"),
        ("five.json", "sizes [5, 4]"),
        ("five.npy", "sizes [5, 4]"),
        ("five.npz", "sizes [5, 4]"),
        ("five.pkl", "sizes [5, 4]"),
        ("five.txt", "5 lines of 4 numbers"),
        ("flag.csv", "columns index, forget"),
        ("flags.npy", "store it as booleans"),
        ("gap.csv", "is empty"),
        ("halves.npy", "3.5 is not a whole number"),
        ("halves.pt", "3.5 is not a whole number"),
        ("halves.txt", "`3.5` is not a whole number"),
        ("huge_range.pkl", "longer than any data set"),
        ("lists.pkl", "a list of 5 lists"),
        ("mask_of_100.npy", "a mask of 100 samples, and there are 120"),
        ("none.json", "has no list; it has seed"),
        ("nothing.pkl", "no list of numbers"),
        ("objects.npy", "Python objects"),
        ("ragged.csv", "2 columns, row 2 has 1"),
        ("ragged.json", "a list of 2 lists"),
        ("rows.csv", "2 lines of 3 numbers"),
        ("tensor_2d.pt", "sizes [2, 3]"),
        ("twice.txt", "sample 3 is in the file twice"),
        ("two.csv", "columns a, b"),
        ("two.json", "2 lists: forget, retain"),
        ("two.npz", "2 lists: forget, retain"),
        ("two.pt", "2 lists: forget, retain"),
        ("typo.txt", "`1o` is not a whole number"),
        ("typo_first.txt", "`1o` is not a whole number"),
        ("weights.pth", "is not a whole number"),
        ("words.json", "is not a whole number"),
        ("words.npy", "no whole numbers"),
        ("words.txt", "columns forget, these"),
        ("wrapped.txt", "a list is one number a line"),
    ];
    let names: Vec<String> =
        files("refused").iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, wants.map(|(name, _)| name));
    for (name, words) in wants {
        let path = folder("refused").join(name);
        let found = list(&path, ListOf::Samples).map_err(|e| e.to_string());
        let said = found.and_then(|l| l.samples(120)).expect_err(name);
        assert!(said.contains(words), "{name}: {said}");
    }
    let said = list(&folder("read"), ListOf::Samples).unwrap_err().to_string();
    assert!(said.contains("is no file"), "{said}");
}

/// A pickle that would run a program when Python opened it is refused, not run.
#[test]
fn pickles_execute_nothing() {
    let marker = tempfile::tempdir().unwrap();
    let file = marker.path().join("ran");
    let bytes = format!("cos\nsystem\n(S'touch {}'\ntR.", file.display());
    let refused = parse(bytes.as_bytes(), "pkl", ListOf::Samples);
    assert!(refused.is_err() && !file.exists(), "{refused:?}");
}

/// Files cut short or with bits turned are errors or lists, never a panic.
#[test]
fn damaged_lists_are_errors() {
    for path in files("read").into_iter().chain(files("refused")) {
        let whole = std::fs::read(&path).unwrap();
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        for at in (0..whole.len()).step_by(whole.len() / 40 + 1) {
            let mut turned = whole.clone();
            turned[at] ^= 0x41;
            for bytes in [&turned[..], &whole[..at]] {
                let _ = parse(bytes, &ending, ListOf::Samples).and_then(|l| l.samples(120));
            }
        }
    }
}
