//! The doors: what gives the values that lead on, and what they ask for. Read off the signatures.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::{fs, path::Path};

/// A public function: its file, its name, what it takes, what it gives.
#[derive(Debug)]
struct Door {
    file: String,
    name: String,
    takes: String,
    gives: String,
}

#[test]
fn failure_046_these_doors_lead_on_and_no_others() {
    let leads = ["Checked", "Next", "Recognized", "RemoteAnswer", "Unprotected", "Verified"];
    let is_door = |door: &Door| {
        let mut names = door.gives.split(|c: char| !c.is_ascii_alphanumeric());
        names.any(|name| leads.contains(&name))
    };
    let mut doors: Vec<String> = doors()
        .into_iter()
        .filter(is_door)
        .map(|door| format!("{} {} -> {}", door.file, door.name, door.gives))
        .collect();
    doors.sort();
    assert_eq!(doors.join("\n"), DOORS.trim());
}

#[test]
fn failure_088_no_call_of_a_verifier_is_told_the_time() {
    let mut seen = 0;
    for door in doors().iter().filter(|door| door.file.starts_with("verifier")) {
        seen += 1;
        for time in ["UnixTime", "SystemTime", "Instant", "Duration", "Moment", "Step", "now:"] {
            assert!(!door.takes.contains(time), "{door:?}");
        }
    }
    assert!(seen > 60, "only {seen} were seen");
}

#[test]
fn failure_072_no_call_takes_a_password() {
    for door in doors() {
        let parameters = door.takes.trim_start_matches(door.name.as_str());
        assert!(!parameters.contains("password"), "{door:?}");
    }
}

#[test]
fn the_reader_sees_a_door() {
    let text = "impl X {\n    /// pub fn no() -> Verified {\n    pub async fn go<'a>(\n        \
                &self,\n        at: UnixTime,\n    ) -> Result<Verified, Error> {\n    pub(crate) fn \
                not(&self) -> Verified {\n    pub const fn of(&self) -> u8 {\n        0\n    }\n";
    let seen: Vec<Door> = read("x.rs", text).collect();
    let shown: Vec<_> = seen.iter().map(|door| (door.name.as_str(), door.gives.as_str())).collect();
    assert_eq!(shown, [("go", "Result<Verified, Error>"), ("of", "u8")]);
    assert!(seen.iter().any(|door| door.takes.contains("UnixTime")));
}

/// The public functions of the library, without those that only tests of a host have.
fn doors() -> Vec<Door> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], vec![]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|its| its == "rs") {
                let file = path.strip_prefix(&root).unwrap().display().to_string();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\nmod tests {").next().unwrap_or_default();
                found.extend(read(&file, code));
            }
        }
    }
    found.retain(|door| !door.file.starts_with("testkit"));
    assert!(found.len() > 300, "only {} were seen", found.len());
    found
}

fn read(file: &str, code: &str) -> impl Iterator<Item = Door> {
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim().starts_with("//")).collect();
    let code = lines.join("\n");
    let starts = ["pub fn ", "pub const fn ", "pub async fn "];
    let is_start = |line: &str| starts.iter().any(|start| line.trim().starts_with(start));
    let mut found = vec![];
    for (at, line) in code.lines().enumerate() {
        if is_start(line) {
            let rest: Vec<&str> = code.lines().skip(at).map(str::trim).collect();
            let signature = rest.join(" ");
            let signature = signature.split(['{', ';']).next().unwrap_or_default();
            let (_, named) = signature.split_once("fn ").unwrap();
            let name = named.split(['(', '<']).next().unwrap_or_default();
            let (takes, gives) = named.split_once("->").unwrap_or((named, ""));
            found.push(Door {
                file: file.to_owned(),
                name: name.to_owned(),
                takes: takes.to_owned(),
                gives: gives.trim().to_owned(),
            });
        }
    }
    found.into_iter()
}

const DOORS: &str = "
gateway/twilio/verify.rs checked -> RemoteAnswer
gateway/vonage/verify.rs checked -> RemoteAnswer
subject.rs verify -> Decision<Checked>
subject/device.rs recognize -> Decision<Recognized>
subject/enroll.rs confirm -> Decision<Checked>
subject/next.rs next -> Result<Next, Denial>
subject/pin.rs rehearse_pin -> Decision<Checked>
subject/security_key.rs confirm_security_key -> Decision<Verified>
subject/work.rs conclude -> Decision<Checked>
verifier/devices.rs recognize -> Result<Recognized, Error>
verifier/enrollment.rs confirm -> Result<Verified, Error>
verifier/pin.rs reset_pin -> Result<Verified, Error>
verifier/security_keys.rs confirm_security_key -> Result<Verified, Error>
verifier/sign_in.rs next -> Result<Next, Error>
verifier/sign_in.rs verify -> Result<Verified, Error>
verifier/sign_in.rs verify_for -> Result<Verified, Error>
";
