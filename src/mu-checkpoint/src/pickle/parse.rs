//! Bytes → a table of values.

use std::collections::HashMap;

use super::{Id, Node, Object, Pickle};

/// No pickle of weights, indices or images comes near this many values. A byte of a pickle may ask for one, which takes up to 56
/// bytes here.
const MOST_VALUES: usize = 20_000_000;

/// Reads the pickle at the start of the bytes.
///
/// # Errors
/// In words, with the place, where the bytes are no pickle.
pub fn parse(bytes: &[u8]) -> Result<Pickle, String> {
    let mut parser = Parser {
        bytes,
        at: 0,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    loop {
        let place = parser.at;
        match parser.step() {
            Ok(Some(root)) => return Ok(Pickle { nodes: parser.nodes, root, length: parser.at }),
            Ok(None) if parser.held() > MOST_VALUES => {
                return Err(format!("the pickle holds more than {MOST_VALUES} values"));
            }
            Ok(None) => {}
            Err(reason) => return Err(format!("{reason} (byte {place} of the pickle)")),
        }
    }
}

struct Parser<'b> {
    bytes: &'b [u8],
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

impl Parser<'_> {
    /// What takes memory: values, and references to them.
    fn held(&self) -> usize {
        self.nodes.len() + self.stack.len() + self.marks.len() + self.memo.len()
    }

    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(n).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or("the pickle is cut short")?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| "the pickle is cut short".to_owned())
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<usize, String> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn u64(&mut self) -> Result<usize, String> {
        usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| "a length is out of range".to_owned())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|b| *b == b'\n').ok_or("the pickle is cut short")?;
        let text = std::str::from_utf8(&rest[..end]).map_err(|_| "a line is not text")?.to_owned();
        self.at += end + 1;
        Ok(text)
    }

    fn text(&mut self, n: usize) -> Result<(), String> {
        let text = String::from_utf8_lossy(self.take(n)?).into_owned();
        self.push(Node::Text(text));
        Ok(())
    }

    fn raw(&mut self, n: usize) -> Result<(), String> {
        let bytes = self.take(n)?.to_vec();
        self.push(Node::Bytes(bytes));
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Result<Id, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err("the pickle takes a value that is not there".to_owned());
        }
        self.stack.pop().ok_or_else(|| "the pickle takes a value that is not there".to_owned())
    }

    fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(|| "the pickle takes a value that is not there".to_owned())
    }

    /// The values above the last mark.
    fn marked(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("the pickle goes back to a mark that is not there")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn long(&mut self, n: usize) -> Result<(), String> {
        let bytes = self.take(n)?.to_vec();
        self.push(match bytes.len() {
            0 => Node::Int(0),
            1..=8 => {
                let fill = if bytes[bytes.len() - 1] & 0x80 == 0 { 0 } else { 0xff };
                let mut wide = [fill; 8];
                wide[..bytes.len()].copy_from_slice(&bytes);
                Node::Int(i64::from_le_bytes(wide))
            }
            _ => Node::Long(bytes),
        });
        Ok(())
    }

    fn object(&mut self, callee: Id, args: Id) {
        let object = Object { callee, args, state: None, items: Vec::new(), pairs: Vec::new() };
        self.push(Node::Object(Box::new(object)));
    }

    fn remember(&mut self, at: u64) -> Result<(), String> {
        let top = self.top()?;
        self.memo.insert(at, top);
        Ok(())
    }

    fn recall(&mut self, at: u64) -> Result<(), String> {
        let id = *self.memo.get(&at).ok_or("the pickle recalls a value that it never kept")?;
        self.stack.push(id);
        Ok(())
    }

    fn append(&mut self, to: Id, mut items: Vec<Id>) -> Result<(), String> {
        match &mut self.nodes[to] {
            Node::List(list) | Node::Set(list) => list.append(&mut items),
            Node::Object(object) => object.items.append(&mut items),
            _ => return Err("the pickle appends to what is no list".to_owned()),
        }
        Ok(())
    }

    fn set(&mut self, to: Id, items: &[Id]) -> Result<(), String> {
        if !items.len().is_multiple_of(2) {
            return Err("a key of the pickle has no value".to_owned());
        }
        let pairs = items.chunks_exact(2).map(|p| (p[0], p[1]));
        match &mut self.nodes[to] {
            Node::Dict(known) => known.extend(pairs),
            Node::Object(object) => object.pairs.extend(pairs),
            _ => return Err("the pickle sets a member of what is no dictionary".to_owned()),
        }
        Ok(())
    }

    fn tuple(&mut self, n: usize) -> Result<(), String> {
        let mut items = Vec::with_capacity(n);
        for _ in 0..n {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Node::Tuple(items));
        Ok(())
    }

    fn global(&mut self, module: Id, name: Id) -> Result<(), String> {
        match (&self.nodes[module], &self.nodes[name]) {
            (Node::Text(module), Node::Text(name)) => {
                let global = Node::Global(module.clone(), name.clone());
                self.push(global);
                Ok(())
            }
            _ => Err("a name of the pickle is no text".to_owned()),
        }
    }

    /// One opcode; the root where it is the last.
    fn step(&mut self) -> Result<Option<Id>, String> {
        let code = self.byte()?;
        match code {
            b'.' => return self.pop().map(Some),
            0x80 => {
                let protocol = self.byte()?;
                if protocol > 5 {
                    return Err(format!("pickle protocol {protocol} is not known"));
                }
            }
            0x95 => drop(self.u64()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            b'I' => {
                let line = self.line()?;
                self.push(match line.as_str() {
                    "01" => Node::Bool(true),
                    "00" => Node::Bool(false),
                    n => Node::Int(n.trim().parse().map_err(|_| format!("`{n}` is no number"))?),
                });
            }
            b'L' => {
                let line = self.line()?;
                let digits = line.trim_end_matches('L');
                self.push(Node::Int(digits.parse().map_err(|_| format!("`{line}` is no number"))?));
            }
            b'J' => {
                let n = i32::from_le_bytes(self.array()?);
                self.push(Node::Int(n.into()));
            }
            b'K' => {
                let n = self.byte()?;
                self.push(Node::Int(n.into()));
            }
            b'M' => {
                let n = u16::from_le_bytes(self.array()?);
                self.push(Node::Int(n.into()));
            }
            0x8a => {
                let n = self.byte()?;
                self.long(n.into())?;
            }
            0x8b => {
                let n = self.u32()?;
                self.long(n)?;
            }
            b'F' => {
                let line = self.line()?;
                self.push(Node::Float(line.trim().parse().map_err(|_| format!("`{line}` is no number"))?));
            }
            b'G' => {
                let value = f64::from_be_bytes(self.array()?);
                self.push(Node::Float(value));
            }
            b'S' => {
                let line = self.line()?;
                let bytes = literal(line.trim()).ok_or("a string of the pickle has no closing quote")?;
                self.push(Node::Bytes(bytes));
            }
            b'V' => {
                let line = self.line()?;
                self.push(Node::Text(line));
            }
            b'T' => {
                let n = self.u32()?;
                self.raw(n)?;
            }
            b'U' | b'C' => {
                let n = self.byte()?;
                self.raw(n.into())?;
            }
            b'B' => {
                let n = self.u32()?;
                self.raw(n)?;
            }
            0x8e | 0x96 => {
                let n = self.u64()?;
                self.raw(n)?;
            }
            b'X' => {
                let n = self.u32()?;
                self.text(n)?;
            }
            0x8c => {
                let n = self.byte()?;
                self.text(n.into())?;
            }
            0x8d => {
                let n = self.u64()?;
                self.text(n)?;
            }
            b']' => self.push(Node::List(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            0x8f => self.push(Node::Set(Vec::new())),
            b'l' => {
                let items = self.marked()?;
                self.push(Node::List(items));
            }
            b't' => {
                let items = self.marked()?;
                self.push(Node::Tuple(items));
            }
            0x91 => {
                let items = self.marked()?;
                self.push(Node::Set(items));
            }
            b'd' => {
                let items = self.marked()?;
                self.push(Node::Dict(Vec::new()));
                let dict = self.top()?;
                self.set(dict, &items)?;
            }
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b'a' => {
                let item = self.pop()?;
                let list = self.top()?;
                self.append(list, vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                let list = self.top()?;
                self.append(list, items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                let dict = self.top()?;
                self.set(dict, &[key, value])?;
            }
            b'u' => {
                let items = self.marked()?;
                let dict = self.top()?;
                self.set(dict, &items)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Node::Global(module, name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                self.global(module, name)?;
            }
            b'R' | 0x81 => {
                let (args, callee) = (self.pop()?, self.pop()?);
                self.object(callee, args);
            }
            0x92 => {
                let (_, args, callee) = (self.pop()?, self.pop()?, self.pop()?);
                self.object(callee, args);
            }
            b'o' | b'i' => {
                let global = if code == b'i' { Some((self.line()?, self.line()?)) } else { None };
                let mut items = self.marked()?;
                let callee = match global {
                    Some((module, name)) => {
                        self.nodes.push(Node::Global(module, name));
                        self.nodes.len() - 1
                    }
                    None if items.is_empty() => {
                        return Err("the pickle makes an object of no class".to_owned());
                    }
                    None => items.remove(0),
                };
                self.nodes.push(Node::Tuple(items));
                self.object(callee, self.nodes.len() - 1);
            }
            b'b' => {
                let state = self.pop()?;
                let to = self.top()?;
                match &mut self.nodes[to] {
                    Node::Object(object) => object.state = Some(state),
                    _ => return Err("the pickle sets the state of what is no object".to_owned()),
                }
            }
            b'P' => {
                let name = self.line()?;
                self.nodes.push(Node::Text(name));
                self.push(Node::Persistent(self.nodes.len() - 1));
            }
            b'Q' => {
                let name = self.pop()?;
                self.push(Node::Persistent(name));
            }
            b'p' => {
                let line = self.line()?;
                self.remember(line.trim().parse().map_err(|_| format!("`{line}` is no number"))?)?;
            }
            b'q' => {
                let at = self.byte()?;
                self.remember(at.into())?;
            }
            b'r' => {
                let at = self.u32()?;
                self.remember(at as u64)?;
            }
            0x94 => self.remember(self.memo.len() as u64)?,
            b'g' => {
                let line = self.line()?;
                self.recall(line.trim().parse().map_err(|_| format!("`{line}` is no number"))?)?;
            }
            b'h' => {
                let at = self.byte()?;
                self.recall(at.into())?;
            }
            b'j' => {
                let at = self.u32()?;
                self.recall(at as u64)?;
            }
            other => return Err(format!("0x{other:02x} is no opcode of a pickle that mu reads")),
        }
        Ok(None)
    }
}

/// The bytes that a quoted text stands for, as Python 2's `repr` writes them; none where it is not between two quotes alike.
fn literal(text: &str) -> Option<Vec<u8>> {
    let inner = ['\'', '"'].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q))?;
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let (b'\\', [code, tail @ ..]) = (*first, rest) else {
            out.push(*first);
            continue;
        };
        rest = tail;
        match (code, rest) {
            (b'n', _) => out.push(b'\n'),
            (b'r', _) => out.push(b'\r'),
            (b't', _) => out.push(b'\t'),
            (b'x', [high, low, tail @ ..]) => {
                let digit = |d: &u8| char::from(*d).to_digit(16);
                out.push(u8::try_from(16 * digit(high)? + digit(low)?).ok()?);
                rest = tail;
            }
            (b'\\' | b'\'' | b'"', _) => out.push(*code),
            // Other escapes stand for themselves, backslash and all, as in Python.
            _ => out.extend([b'\\', *code]),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pickle.dumps({'a': [1, -2, 300, 1 << 40]}, protocol) for protocols 0, 2 and 4.
    const SAME: [&[u8]; 3] = [
        b"(dp0\nVa\np1\n(lp2\nI1\naI-2\naI300\naI1099511627776\nas.",
        b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01\x8a\x06\x00\x00\x00\x00\x00\x01es.",
        b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94]\x94(K\x01J\xfe\xff\xff\xffM,\x01\x8a\x06\x00\x00\x00\x00\x00\x01es.",
    ];

    #[test]
    fn protocols_say_the_same() {
        for bytes in SAME {
            let pickle = parse(bytes).unwrap();
            assert_eq!(pickle.length, bytes.len());
            let list = pickle.member(pickle.root, "a").unwrap();
            let numbers: Vec<&Node> = pickle.list(list).unwrap().iter().map(|i| pickle.get(*i)).collect();
            assert_eq!(numbers, [1, -2, 300, 1 << 40].map(Node::Int).iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn calls_are_kept_and_not_made() {
        let pickle = parse(b"cos\nsystem\n(S'rm -rf /'\ntR.").unwrap();
        let (name, args) = pickle.call(pickle.root).unwrap();
        assert_eq!((name.as_str(), pickle.text(args[0])), ("os.system", Some("rm -rf /")));
    }

    #[test]
    fn quoted_strings_are_python_s() {
        let read = |text: &str| {
            let bytes = format!("S{text}\n.");
            parse(bytes.as_bytes()).map(|p| p.bytes(p.root).unwrap())
        };
        assert_eq!(read("'a b'").unwrap(), b"a b");
        assert_eq!(read(r#""it's""#).unwrap(), b"it's");
        assert_eq!(read(r"'\xff\x00\n\\\''").unwrap(), b"\xff\x00\n\\'");
        for open in ["'é", "'", "\"", "a", "'a\"", r"'\x0'", "", "é"] {
            let said = read(open).map(|_| ());
            let expected = "a string of the pickle has no closing quote (byte 0 of the pickle)";
            match open {
                r"'\x0'" => assert_eq!(read(open).unwrap(), br"\x0", "as it stands"),
                _ => assert_eq!(said.unwrap_err(), expected, "{open}"),
            }
        }
    }

    /// Whatever the bytes are, reading them ends, in an error or in a value: each opcode before each other one, and real
    /// pickles with any byte turned into any other.
    #[test]
    fn no_bytes_stop_the_reader() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                for tail in [&b""[..], b"'\xc3\xa9\n.", b"\xff\xff\xff\xff\xff\xff\xff\xff.", b"(]}K\x01."] {
                    let _ = parse(&[&[first, second], tail].concat());
                    let _ = parse(&[b"\x80\x04](K\x01K\x02", &[first, second][..], tail].concat());
                }
            }
        }
        for whole in SAME {
            for at in 0..whole.len() {
                for byte in 0..=255u8 {
                    let mut turned = whole.to_vec();
                    turned[at] = byte;
                    if let Ok(pickle) = parse(&turned) {
                        let _ = crate::arrays(&turned);
                        let _ = super::super::integers(&pickle, pickle.root);
                    }
                }
            }
        }
    }

    #[test]
    fn a_few_bytes_do_not_take_all_memory() {
        // One byte each: a mark, another name for the same value, another memo of it.
        for byte in [b'(', b'2', 0x94] {
            let bytes = [&b"N"[..], &vec![byte; MOST_VALUES + 1]].concat();
            let said = parse(&bytes).unwrap_err();
            assert!(said.contains("more than 20000000 values"), "{byte:#x}: {said}");
        }
    }

    #[test]
    fn what_is_no_pickle_is_refused() {
        for bytes in [
            &b""[..],
            b"\x80\x09.",
            b".",
            b"]e.",
            b"(",
            b"X\xff\xff\xff\xffab",
            b"\xff.",
            b"h\x05.",
            b"Ka",
            b"0.",
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
        // A million marks, a million nested lists: no recursion, no blow-up.
        assert!(parse(&vec![b'('; 1_000_000]).is_err());
        let nested: Vec<u8> = [vec![b']'; 100_000], vec![b'a'; 99_999], vec![b'.']].concat();
        assert!(parse(&nested).is_ok());
        // A list that holds itself.
        let own = parse(b"]q\x00h\x00a.").unwrap();
        assert_eq!(own.list(own.root).unwrap(), [own.root]);
    }
}
