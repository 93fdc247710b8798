//! A store on a real network file system: SFTP by sshfs, from a server of the test's own on this machine. Its locks do not reach from
//! one mount to another, as between machines of a cluster whose file system has none, and it can go away in the middle.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{SMALL, mu, run, text, write};
use crate::running::start;

/// The server, with what it gives away in `remote`.
struct Server {
    folder: PathBuf,
    port: u16,
    daemon: Option<Child>,
}

impl Server {
    fn new(folder: &Path) -> Self {
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.join(key))
                .status();
            assert!(made.unwrap().success());
        }
        std::fs::create_dir(folder.join("remote")).unwrap();
        std::fs::create_dir_all("/run/sshd").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { folder: folder.to_owned(), port, daemon: None };
        server.up();
        server
    }

    fn up(&mut self) {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-f", "/dev/null", "-p", &self.port.to_string(), "-h", &file("host")]);
        for option in [
            "ListenAddress=127.0.0.1",
            &format!("AuthorizedKeysFile={}", file("user.pub")),
            "StrictModes=no",
            "PermitRootLogin=yes",
            "UsePAM=no",
            "Subsystem=sftp internal-sftp",
        ] {
            command.args(["-o", option]);
        }
        self.daemon = Some(command.stderr(Stdio::null()).spawn().unwrap());
    }

    /// The server and its sessions end as when the machine does.
    fn down(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = Command::new("pkill").args(["-9", "-P", &daemon.id().to_string()]).status();
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// Mounts what it gives away; a mount is as another machine.
    fn mount(&self, name: &str) -> PathBuf {
        let at = self.folder.join(name);
        std::fs::create_dir_all(&at).unwrap();
        let options = format!(
            "IdentityFile={},StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null",
            self.folder.join("user").display()
        );
        let begun = Instant::now();
        // A daemon that has just begun may not listen yet.
        while !Command::new("sshfs")
            .args(["-p", &self.port.to_string(), "-o", &options])
            .arg(format!("root@127.0.0.1:{}", self.folder.join("remote").display()))
            .arg(&at)
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
        {
            assert!(begun.elapsed() < Duration::from_secs(20), "sshfs does not mount");
        }
        at
    }

    fn unmount(&self, name: &str) {
        // A mount whose server is gone may be gone as well.
        let _ = Command::new("umount").arg("-l").arg(self.folder.join(name)).stderr(Stdio::null()).status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for name in ["one", "other"] {
            self.unmount(name);
        }
        self.down();
    }
}

fn verify(store: &Path) -> String {
    let output = mu().args(["store", "verify", "--store"]).arg(store).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
#[ignore = "needs sshd, sshfs and root: make network"]
fn a_store_on_a_network() {
    crate::needs::programs(&["sshd", "ssh-keygen", "sshfs"]);
    crate::needs::superuser();
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let expected = text(&run(&file, &folder.path().join("local"), &[]).stdout);
    assert!(expected.contains("retrain"), "{expected}");
    let mut server = Server::new(folder.path());
    let mounts = ["one", "other"].map(|name| server.mount(name));

    // Two machines at once: a lock of one does not keep the other away, but every object is there once, and whole.
    let both = mounts.clone().map(|mount| {
        let mut command = mu();
        command.arg("run").arg(&file).arg("--store").arg(mount.join("two"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), expected);
    }
    assert!(verify(&mounts[0].join("two")).contains(" 0 damaged"));

    // The server dies after a few steps: what fails is named, and what was made is there when the server is back.
    let cut = mounts[0].join("cut");
    let (mut child, events) = start(&file, &cut, &["-j", "1"]);
    let mut made = 0;
    for event in events {
        made += usize::from(event["event"] == "finished");
        if made == 5 && server.daemon.is_some() {
            server.down();
        }
    }
    assert!(!child.wait().unwrap().success(), "a run without its store did not fail");
    server.unmount("one");
    server.up();
    let store = server.mount("one").join("cut");
    let kept = verify(&store);
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), expected);
    let said = text(&output.stderr);
    assert!(kept.contains(" 0 damaged") && !said.contains(", 0 were in the store"), "{kept}\n{said}");
    assert!(verify(&store).contains(" 0 damaged"));
}
