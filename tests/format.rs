//! The formatter on every file of the repository.

use crate::harness::root;

fn mu_files() -> Vec<std::path::PathBuf> {
    let mut open = vec![root().join("experiments"), root().join("stdlib"), root().join("tests/suite")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "mu") {
                files.push(path);
            }
        }
    }
    files
}

/// Every token and comment is still there, and a second pass changes nothing.
#[test]
fn formatting_keeps_everything_and_is_idempotent() {
    let words = |t: &str| t.split_whitespace().collect::<String>();
    let mut formatted = 0;
    for path in mu_files() {
        let before = std::fs::read_to_string(&path).unwrap();
        let Ok(once) = mu_syntax::format(&before) else { continue };
        assert_eq!(words(&before), words(&once), "{}", path.display());
        assert_eq!(mu_syntax::format(&once).unwrap(), once, "{}", path.display());
        formatted += 1;
    }
    assert!(formatted > 10);
}

#[test]
fn untidy_becomes_canonical() {
    let untidy = "let  a=1%   // why\n\n\n\nexperiment e{data=digits\n// a comment of its own\n   model=small_cnn(width:4)\ntrain =training( 5 epochs,\nbatch:8 samples )\n}\n";
    insta::assert_snapshot!(mu_syntax::format(untidy).unwrap(), @"
    let a = 1%  // why

    experiment e { data = digits
      // a comment of its own
      model = small_cnn(width: 4)
      train = training(5 epochs,
        batch: 8 samples)
    }
    ");
}

/// A `where` clause goes on from its value, and its names stand below each other; what stands in brackets stands one step further in
/// than the line that opened them.
#[test]
fn a_where_clause_is_laid_out() {
    let untidy = "loss a(of: set) =\nmean(of,\nx + moved,\nweigh: max(\ny,\n0\n)\n)\nwhere x = sum(\nlogits\n)\n- 1,\ny = norm(logits),\nmoved =\nargmax(\nx,\nover: z\n)\n\nlet b = 1\n\
                  loss c(of: set) = mean(of, u * v) where u = 1,\nv = 2\nloss d(of: set) = mean(of, u) where\nu = logits[label]\nlet e = 2\n";
    insta::assert_snapshot!(mu_syntax::format(untidy).unwrap(), @"
    loss a(of: set) =
      mean(of,
        x + moved,
        weigh: max(
          y,
          0
        )
      )
      where x = sum(
              logits
            )
              - 1,
            y = norm(logits),
            moved =
              argmax(
                x,
                over: z
              )

    let b = 1
    loss c(of: set) = mean(of, u * v) where u = 1,
      v = 2
    loss d(of: set) = mean(of, u) where
      u = logits[label]
    let e = 2
    ");
}
