//! Signatures of public functions.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::{fs, path::Path};

/// A public function: its file, name, parameters and return type.
#[derive(Debug)]
struct Signature {
    file: String,
    name: String,
    parameters: String,
    returns: String,
}

#[test]
fn failure_046_only_these_functions_return_a_proof() {
    let proofs = [
        "Checked",
        "Confirmed",
        "Grant",
        "Next",
        "Proven",
        "Recognition",
        "Recognized",
        "Registered",
        "RemoteAnswer",
        "SignIn",
        "Unprotected",
        "Verified",
    ];
    let returns_proof = |signature: &Signature| {
        let mut names = signature.returns.split(|c: char| !c.is_ascii_alphanumeric());
        names.any(|name| proofs.contains(&name))
    };
    let mut found: Vec<String> = signatures()
        .into_iter()
        .filter(returns_proof)
        .map(|one| format!("{} {} -> {}", one.file, one.name, one.returns))
        .collect();
    found.sort();
    assert_eq!(found.join("\n"), RETURN_A_PROOF.trim());
}

#[test]
fn failure_088_verifier_methods_take_no_time() {
    let mut seen = 0;
    for method in signatures().iter().filter(|one| one.file.starts_with("verifier")) {
        seen += 1;
        // They take a length of time: from an employee, the oldest grant that is accepted, and how
        // long a session was not compared.
        if matches!(method.name.as_str(), "check_grant" | "is_current" | "issue_code") {
            continue;
        }
        for time in ["UnixTime", "SystemTime", "Instant", "Duration", "Moment", "Step", "now:"] {
            assert!(!method.parameters.contains(time), "{method:?}");
        }
    }
    assert!(seen > 60, "only {seen} were found");
}

#[test]
fn failure_072_no_function_takes_a_password() {
    for function in signatures() {
        let parameters = function.parameters.trim_start_matches(function.name.as_str());
        assert!(!parameters.contains("password"), "{function:?}");
    }
}

#[test]
fn traits_for_applications_explain_a_missing_implementation() {
    let mut found = vec![];
    for (file, code) in sources() {
        for (before, rest) in code.match_indices("\npub trait ").map(|(at, _)| code.split_at(at)) {
            let name = rest.trim_start().split([' ', ':']).nth(2).unwrap();
            let attributes = before.rsplit("\n\n").next().unwrap();
            assert!(attributes.contains("#[diagnostic::on_unimplemented("), "{file}: {name}");
            assert!(attributes.contains("note = "), "{file}: {name} names nothing to use instead");
            assert_eq!(name == "Delivery", attributes.contains("NoDelivery`\""), "{name}");
            found.push(name.to_owned());
        }
    }
    assert!(found.len() > 8, "only {found:?} were found");
}

#[test]
fn signatures_are_parsed() {
    let text = "impl X {\n    /// pub fn no() -> Verified {\n    pub async fn go<'a>(\n        \
                &self,\n        at: UnixTime,\n    ) -> Result<Verified, Error> {\n    pub(crate) fn \
                not(&self) -> Verified {\n    pub const fn of(&self) -> u8 {\n        0\n    }\n";
    let found = parse("x.rs", text);
    let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.returns.as_str())).collect();
    assert_eq!(names, [("go", "Result<Verified, Error>"), ("of", "u8")]);
    assert!(found.iter().any(|one| one.parameters.contains("UnixTime")));
}

/// The public functions of the crate, without those of the test kit.
fn signatures() -> Vec<Signature> {
    let found: Vec<_> = sources().iter().flat_map(|(file, code)| parse(file, code)).collect();
    assert!(found.len() > 300, "only {} were found", found.len());
    found
}

/// The files of the crate, without unit tests and the test kit.
fn sources() -> Vec<(String, String)> {
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
                found.push((file, code.to_owned()));
            }
        }
    }
    found.retain(|(file, _)| !file.starts_with("testkit"));
    found
}

fn parse(file: &str, code: &str) -> Vec<Signature> {
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim().starts_with("//")).collect();
    let starts = ["pub fn ", "pub const fn ", "pub async fn "];
    let is_start = |line: &str| starts.iter().any(|start| line.trim().starts_with(start));
    let mut found = vec![];
    for (at, line) in lines.iter().enumerate() {
        if is_start(line) {
            let rest: Vec<&str> = lines.iter().skip(at).map(|line| line.trim()).collect();
            let signature = rest.join(" ");
            let signature = signature.split(['{', ';']).next().unwrap_or_default();
            let (_, named) = signature.split_once("fn ").unwrap();
            let name = named.split(['(', '<']).next().unwrap_or_default();
            let (parameters, returns) = named.split_once("->").unwrap_or((named, ""));
            found.push(Signature {
                file: file.to_owned(),
                name: name.to_owned(),
                parameters: parameters.to_owned(),
                returns: returns.trim().to_owned(),
            });
        }
    }
    found
}

const RETURN_A_PROOF: &str = "
gateway/twilio/verify.rs checked -> RemoteAnswer
gateway/vonage/verify.rs checked -> RemoteAnswer
sign_in/confirmed.rs verified -> Option<Verified>
sign_in/required_enrollment.rs postpone -> Option<SignIn>
sign_in/verified.rs registered -> Option<Registered>
sign_in/verified.rs verified -> Option<Verified>
subject/decision/accept.rs accept_passkey -> Decision<Checked>
subject/decision/confirm.rs confirm -> Decision<Checked>
subject/decision/confirm.rs confirm_security_key -> Decision<Checked>
subject/decision/slow_attempt.rs conclude -> Decision<Checked>
subject/decision/verify.rs rehearse_pin -> Decision<Checked>
subject/decision/verify.rs verify -> Decision<Checked>
subject/device.rs recognize -> Result<Recognition, Denial>
verifier/enrollment.rs confirm -> Result<Confirmed, Error>
verifier/security_keys.rs confirm_security_key -> Result<Confirmed, Error>
verifier/sign_in.rs grant -> Result<Grant, Error>
verifier/sign_in.rs next -> Result<Next, Error>
verifier/sign_in.rs register -> Result<Registered, Error>
verifier/sign_in.rs verify -> Result<Verified, Error>
verifier/sign_in.rs verify_for -> Result<Grant, Error>
";
