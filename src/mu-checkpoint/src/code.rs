//! What the code of a TorchScript module may name. A module is a program, and libtorch runs it where it is evaluated, with the rights of
//! whoever runs mu; so operators that read or write files are refused before libtorch sees the module.
//!
//! Namespaces are a list of those that are let in (`ops.NAME.…`): others are of libraries, and may do anything. Among PyTorch's own operators the
//! two that touch files in 2.11 are refused: a list of the thousands that do not would refuse modules that other builds make. Code
//! can name an operator in two ways only, by an identifier and by a text that `getattr` is given. A refused name is refused wherever
//! it stands as either, whatever it is an attribute of: so it does not matter under which other name `torch` is kept.

/// Operators of PyTorch's own that read or write files, or call other machines.
const REFUSED: [&str; 5] = ["save", "from_file", "rpc_async", "rpc_sync", "rpc_remote"];
/// Namespaces of operators that only compute.
const NAMESPACES: [&str; 9] =
    ["aten", "prim", "quantized", "_quantized", "mkldnn", "mkl", "onednn", "prepacked", "sparse"];
/// Namespaces of classes that are packed weights.
const CLASSES: [&str; 3] = ["quantized", "xnnpack", "mkldnn"];

/// What begins the names of classes that are not the module's own.
const BUILT_IN: &str = "__torch__.torch.classes.";

/// Checks the text of one file of code.
///
/// # Errors
/// Says what it names that is refused, and in which line.
pub(crate) fn check(text: &[u8]) -> Result<(), String> {
    let tokens = tokens(text)?;
    let word = |at: usize| match tokens.get(at) {
        Some((Token::Word(word), _)) => Some(word.as_str()),
        _ => None,
    };
    let is_dot = |at: usize| matches!(tokens.get(at), Some((Token::Other(b'.'), _)));
    // The name behind `a.`, where there is one.
    let member = |at: usize| is_dot(at + 1).then(|| word(at + 2)).flatten();
    // The name before `.b`.
    let holder = |at: usize| (at >= 2 && is_dot(at - 1)).then(|| word(at - 2)).flatten();
    for (at, (token, line)) in tokens.iter().enumerate() {
        let named = match token {
            Token::Word(name) | Token::Text(name) => name.as_str(),
            Token::Other(_) => continue,
        };
        let refused = if REFUSED.contains(&named) {
            Some(named.to_owned())
        } else if matches!(token, Token::Text(_)) {
            None
        } else if named == "ops" && holder(at).is_none() {
            let name = member(at);
            (!name.is_some_and(|n| NAMESPACES.contains(&n))).then(|| format!("ops.{}", name.unwrap_or("…")))
        } else if named == "__torch__" || named == "torch" && holder(at) == Some("__torch__") {
            member(at).is_none().then(|| named.to_owned())
        } else if named == "classes" && holder(at) == Some("torch") {
            let name = member(at);
            (!name.is_some_and(|n| CLASSES.contains(&n)))
                .then(|| format!("torch.classes.{}", name.unwrap_or("…")))
        } else {
            None
        };
        if let Some(name) = refused {
            return Err(format!("line {line} names `{name}`"));
        }
    }
    Ok(())
}

/// Whether a class that a pickle of the module names is one of its own, or packed weights.
pub(crate) fn is_harmless_class(module: &str, name: &str) -> bool {
    let whole = format!("{module}.{name}");
    let built_in = whole.strip_prefix(BUILT_IN).or_else(|| whole.strip_prefix("torch.classes."));
    built_in.is_none_or(|rest| CLASSES.contains(&rest.split('.').next().unwrap_or_default()))
}

/// A piece of code.
#[derive(Debug, PartialEq)]
enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// What a literal, or several behind each other, stand for.
    Text(String),
    Other(u8),
}

/// The pieces of TorchScript's text with their lines, by the rules of its lexer.
fn tokens(text: &[u8]) -> Result<Vec<(Token, usize)>, String> {
    let (mut found, mut line, mut at): (Vec<(Token, usize)>, _, _) = (Vec::new(), 1, 0);
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    while let Some(&byte) = text.get(at) {
        if byte == b'\n' {
            line += 1;
            at += 1;
        } else if byte.is_ascii_whitespace() {
            at += 1;
        } else if byte == b'#' {
            at += text[at..].iter().take_while(|b| **b != b'\n').count();
        } else if is_word(&byte) {
            let length = text[at..].iter().take_while(|b| is_word(b)).count();
            found.push((Token::Word(String::from_utf8_lossy(&text[at..at + length]).into_owned()), line));
            at += length;
        } else if byte == b'"' || byte == b'\'' {
            let (value, length) =
                literal(&text[at..]).ok_or_else(|| format!("a text in line {line} has no end"))?;
            let begins = line;
            line += text[at..at + length].iter().filter(|b| **b == b'\n').count();
            at += length;
            // Literals behind each other are one.
            match found.last_mut() {
                Some((Token::Text(before), _)) => before.push_str(&value),
                _ => found.push((Token::Text(value), begins)),
            }
        } else {
            found.push((Token::Other(byte), line));
            at += 1;
        }
    }
    Ok(found)
}

/// The value of the literal at the start of a text, and its length in bytes.
fn literal(text: &[u8]) -> Option<(String, usize)> {
    let quote = *text.first()?;
    let quotes = if text.starts_with(&[quote; 3]) { 3 } else { 1 };
    let (mut value, mut at) = (Vec::new(), quotes);
    loop {
        let rest = text.get(at..)?;
        match rest {
            _ if rest.starts_with(&[quote; 3][..quotes]) => break,
            [b'\n', ..] if quotes == 1 => return None,
            [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |d: &u8| char::from(*d).to_digit(16).unwrap_or(0);
                value.push((16 * digit(high) + digit(low)) as u8);
                at += 4;
            }
            [b'\\', first @ b'0'..=b'7', ..] => {
                let length = rest[1..].iter().take(3).take_while(|d| (b'0'..=b'7').contains(*d)).count();
                let digits = &rest[2..=length];
                let number = digits.iter().fold(u32::from(first - b'0'), |n, d| 8 * n + u32::from(d - b'0'));
                value.push(number as u8);
                at += 1 + length;
            }
            [b'\\', other, ..] => {
                value.push(*other);
                at += 2;
            }
            [byte, ..] => {
                value.push(*byte);
                at += 1;
            }
            [] => return None,
        }
    }
    Some((String::from_utf8_lossy(&value).into_owned(), at + quotes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_computes_is_let_in() {
        for code in [
            "def forward(self: __torch__.m.Net, x: Tensor) -> Tensor:\n  return torch.relu(x)\n",
            "_0 = ops.prim.RaiseException(\"cannot save what was never from_file\", \"builtins.ValueError\")",
            "x = ops.quantized.conv2d(x, self.packed, 0.1, 0)  # torch.save(x)",
            "classes = self.classes\nsaved = (classes).forward(x, )\nn = torch.len('a\\'b')",
            "packed : __torch__.torch.classes.quantized.Conv2dPackedParamsBase",
            "'''two\nlines'''",
        ] {
            assert_eq!(check(code.as_bytes()), Ok(()), "{code}");
        }
    }

    /// However the operator is reached: by another name for `torch`, as a method of its first argument, or through `getattr`.
    #[test]
    fn what_touches_files_is_refused() {
        for (code, named) in [
            ("torch.save(x, \"f\")", "line 1 names `save`"),
            ("\n\nt = torch\nt.save(x, \"f\")", "line 4 names `save`"),
            ("f = x.save\nf(\"f\")", "line 1 names `save`"),
            ("torch . from_file ( \"f\" )", "line 1 names `from_file`"),
            ("ops.aten.from_file(\"f\")", "line 1 names `from_file`"),
            ("getattr(torch, \"save\")(x, \"f\")", "line 1 names `save`"),
            ("getattr(torch, 'sa' \"ve\")(x, \"f\")", "line 1 names `save`"),
            ("getattr(torch, '\\163a\\x76e')(x, \"f\")", "line 1 names `save`"),
            ("getattr(torch, '''save''')(x, \"f\")", "line 1 names `save`"),
            ("ops.image.write_file(\"f\", x)", "line 1 names `ops.image`"),
            ("o = ops", "line 1 names `ops.…`"),
            ("o = getattr(ops, \"image\")", "line 1 names `ops.…`"),
            (
                "f = __torch__.torch.classes.dist_c10d.FileStore(\"f\", 1)",
                "line 1 names `torch.classes.dist_c10d`",
            ),
            ("c = __torch__.torch.classes", "line 1 names `torch.classes.…`"),
            ("c = __torch__", "line 1 names `__torch__`"),
            ("c = __torch__.torch\nc.classes.x.Y()", "line 1 names `torch`"),
            ("x = 'open", "a text in line 1 has no end"),
            ("x = \"a\nb\"", "a text in line 1 has no end"),
        ] {
            assert_eq!(check(code.as_bytes()), Err(named.to_owned()), "{code}");
        }
    }
}
