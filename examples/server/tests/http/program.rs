//! The program itself, as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_vestibule-server");
pub(crate) const TOKEN: &str = "the-operators-token";

/// The running program. It is ended with the test.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Program {
    /// Starts it with `--dev` on a free port, and waits until it listens.
    pub(crate) fn start(log: Stdio) -> Self {
        Self::start_with(&["--dev"], log)
    }

    /// Starts it with these options, on a free port of 127.0.0.1 unless they say where, and waits until it listens.
    pub(crate) fn start_with(options: &[&str], log: Stdio) -> Self {
        Self::start_by(Command::new(PROGRAM), options, log)
    }

    /// As [`start_with`](Self::start_with), by a command that becomes the program.
    pub(crate) fn start_by(mut command: Command, options: &[&str], log: Stdio) -> Self {
        let mut child = command
            .args(if options.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(options)
            .env("VESTIBULE_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim().rsplit_once("http://").unwrap().1.to_owned();
        Self { child, address }
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
