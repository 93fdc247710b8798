//! A server on loopback that cuts connections, sends wrong bytes, knows ranges or does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{FetchError, Wanted, download, md5_of, unpack};

/// What a request asked for: path, and where its range begins.
type Asked = Arc<Mutex<Vec<(String, Option<usize>)>>>;

fn bytes() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn md5(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    md5_of(file.path()).unwrap()
}

/// Serves as many requests as are made until the test ends.
fn server() -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let path = line.split_whitespace().nth(1).unwrap_or("/").to_owned();
            let mut from = None;
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
                    break;
                }
                if let Some(range) = header.to_lowercase().strip_prefix("range: bytes=") {
                    from = range.trim().trim_end_matches('-').parse().ok();
                }
            }
            seen.lock().unwrap().push((path.clone(), from));
            let answer = |status: &str, headers: String, body: &[u8]| {
                let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
                [head.as_bytes(), body].concat()
            };
            let all = bytes();
            let whole =
                |body: &[u8], said: usize| answer("200 OK", format!("Content-Length: {said}\r\n"), body);
            let rest = |from: usize, most: usize| {
                let part = &all[from..all.len().min(from.saturating_add(most))];
                let headers = format!(
                    "Content-Length: {}\r\nContent-Range: bytes {from}-{}/{}\r\n",
                    all.len() - from,
                    all.len() - 1,
                    all.len()
                );
                answer("206 Partial Content", headers, part)
            };
            if matches!(path.as_str(), "/mute" | "/quiet") {
                // It keeps the connection, and says nothing more until the test ends.
                let begin = whole(&all[..1000], all.len());
                let _ = stream.write_all(if path == "/quiet" { &begin } else { b"" });
                std::mem::forget(stream);
                continue;
            }
            if path == "/endless" {
                let _ = stream.write_all(&answer("200 OK", String::new(), &[]));
                while stream.write_all(&all).is_ok() {}
                continue;
            }
            let response = match (path.as_str(), from) {
                ("/large", _) => whole(&all, 400_000),
                ("/good" | "/cut", Some(from)) if from >= all.len() => {
                    answer("416 Range Not Satisfiable", "Content-Length: 0\r\n".to_owned(), b"")
                }
                ("/good", Some(from)) => rest(from, usize::MAX),
                ("/good" | "/no-ranges", _) => whole(&all, all.len()),
                // A third at a time, then the connection ends.
                ("/cut", None) => whole(&all[..100_000], all.len()),
                ("/cut", Some(from)) => rest(from, 100_000),
                ("/cut-no-ranges", _) => whole(&all[..100_000], all.len()),
                ("/wrong", _) => whole(&vec![7; all.len()], all.len()),
                ("/wrong-range", Some(_)) => rest(5, usize::MAX),
                _ => answer("404 Not Found", "Content-Length: 0\r\n".to_owned(), b""),
            };
            let _ = stream.write_all(&response);
        }
    });
    (base, asked)
}

fn wanted(md5: &str) -> Wanted<'_> {
    Wanted { name: "set.bin", md5, bytes: 300_000, quiet: Duration::from_millis(300) }
}

fn get(base: &str, path: &str, folder: &Path) -> Result<std::path::PathBuf, FetchError> {
    download(&format!("{base}{path}"), folder, &wanted(&md5(&bytes())), &mut |_, _| {})
}

#[test]
fn a_file_comes_whole_and_only_once() {
    let (base, asked) = server();
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let url = format!("{base}good");
    let path = download(&url, folder.path(), &wanted(&md5(&bytes())), &mut |done, of| told.push((done, of)))
        .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes());
    assert_eq!(told.last(), Some(&(300_000, Some(300_000))));
    get(&base, "good", folder.path()).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1, "it was there already");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
}

#[test]
fn a_cut_connection_is_continued() {
    let (base, asked) = server();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(std::fs::read(get(&base, "cut", folder.path()).unwrap()).unwrap(), bytes());
    let from: Vec<Option<usize>> = asked.lock().unwrap().iter().map(|(_, from)| *from).collect();
    assert_eq!(from, [None, Some(100_000), Some(200_000)]);

    // What an earlier call left is continued by the next one; also by a server that starts over.
    for path in ["good", "no-ranges"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("set.bin.part"), &bytes()[..1234]).unwrap();
        assert_eq!(std::fs::read(get(&base, path, folder.path()).unwrap()).unwrap(), bytes(), "{path}");
    }
    // All of it came, but the name was not changed yet.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.bin.part"), bytes()).unwrap();
    assert_eq!(std::fs::read(get(&base, "good", folder.path()).unwrap()).unwrap(), bytes());
}

#[test]
fn what_is_not_the_published_file_is_not_kept() {
    let (base, asked) = server();
    let folder = tempfile::tempdir().unwrap();
    let wrong = get(&base, "wrong", folder.path()).unwrap_err();
    assert!(matches!(wrong, FetchError::Different { .. }), "{wrong}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(get(&base, "none", folder.path()).unwrap_err().to_string().contains("answers 404"));
    std::fs::write(folder.path().join("set.bin.part"), b"1234567").unwrap();
    let error = get(&base, "wrong-range", folder.path()).unwrap_err().to_string();
    assert!(error.contains("asked for bytes from 7"), "{error}");
    assert_eq!(asked.lock().unwrap().iter().filter(|(p, _)| p == "/none").count(), 1, "404 is final");
}

#[test]
fn a_server_that_never_gets_on_is_given_up() {
    let (base, asked) = server();
    let folder = tempfile::tempdir().unwrap();
    let error = get(&base, "cut-no-ranges", folder.path()).unwrap_err().to_string();
    assert!(error.contains("without anything new"), "{error}");
    assert!(asked.lock().unwrap().len() >= 5);
    assert_eq!(std::fs::metadata(folder.path().join("set.bin.part")).unwrap().len(), 100_000);
    // Nobody listens here.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(get(&format!("http://{closed}/"), "good", folder.path()).is_err());
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, data) in entries {
        let mut header = tar::Header::new_gnu();
        // The name as it is: a hostile archive is not made by a careful library.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *data).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn archives_unpack_below_their_folder_and_nowhere_else() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    let archive = outside.path().join("a.tar.gz");
    std::fs::write(&archive, tar(&[("set/one", b"1"), ("set/two", b"22")])).unwrap();
    unpack(&archive, &folder).unwrap();
    assert_eq!(std::fs::read(folder.join("set/two")).unwrap(), b"22");
    for name in ["../evil", "/tmp/mu-evil", "set/../../evil", "..\\evil"] {
        std::fs::write(&archive, tar(&[("set/one", b"new"), (name, b"x")])).unwrap();
        let error = unpack(&archive, &folder).unwrap_err().to_string();
        assert!(error.contains("outside the folder"), "{name}: {error}");
        assert_eq!(std::fs::read(folder.join("set/one")).unwrap(), b"1", "nothing of it was placed");
    }
    let whole = tar(&[("set/one", &[9; 5000])]);
    std::fs::write(&archive, &whole[..whole.len() - 12]).unwrap();
    assert!(unpack(&archive, &folder).is_err(), "cut short");
    let zipped = outside.path().join("a.zip");
    for (name, fine) in [("set/three", true), ("../evil", false)] {
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&zipped).unwrap());
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"333").unwrap();
        zip.finish().unwrap();
        assert_eq!(unpack(&zipped, &folder).is_ok(), fine, "{name}");
    }
    let mut text = String::new();
    std::fs::File::open(folder.join("set/three")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "333");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 3, "the folder and two archives");
}

/// A server that says nothing more is left, with what it sent kept for the next time.
#[test]
fn a_quiet_server_is_left() {
    let (base, _) = server();
    for path in ["mute", "quiet"] {
        let folder = tempfile::tempdir().unwrap();
        let said = get(&base, path, folder.path()).unwrap_err().to_string();
        assert!(said.contains("sent nothing for 0.3 s"), "{said}");
        let part = std::fs::read(folder.path().join("set.bin.part")).unwrap_or_default();
        assert_eq!(part, bytes()[..if path == "quiet" { 1000 } else { 0 }]);
        assert_eq!(std::fs::read(get(&base, "good", folder.path()).unwrap()).unwrap(), bytes());
    }
}

/// More than was published is not taken, whether the server says so before or just goes on.
#[test]
fn no_more_is_taken_than_was_published() {
    let (base, _) = server();
    for path in ["endless", "large"] {
        let folder = tempfile::tempdir().unwrap();
        let said = get(&base, path, folder.path()).unwrap_err().to_string();
        assert!(said.contains("the published file has 300000"), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{path}: nothing is kept");
    }
}
