//! The probe of the test kit, over HTTP: as an attacker would go about it.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use reqwest::{Client, header};
use second_factor::{
    FactorKind, SubjectId, UnixTime,
    testkit::probe::{ProbeOutcome, SignInEndpoint, Unanswered, probe},
};

use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_holds_against_every_attack() {
    let server = Server::start(1_800_000_000).await;
    let visitors = Visitors { server, people: AtomicU32::new(0), numbers: Mutex::default() };
    let report = probe(&visitors).await.check().unwrap();
    let held = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Resisted(_));
    assert!(report.findings().iter().all(|finding| held(finding.outcome())), "{report}");
}

/// Browsers without a screen.
struct Visitors {
    server: Server,
    people: AtomicU32,
    /// The numbers of each person, and how many messages of each were read.
    numbers: Mutex<HashMap<SubjectId, Vec<(String, usize)>>>,
}

/// One browser, and whose it is.
struct Browser {
    client: Client,
    name: SubjectId,
}

impl Visitors {
    async fn get(&self, browser: &Browser, path: &str) -> Result<String, Unanswered> {
        let answer = browser.client.get(format!("{}{path}", self.server.origin)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    async fn post(
        &self,
        browser: &Browser,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<String, Unanswered> {
        let origin = &self.server.origin;
        let fields = form.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let request = browser.client.post(format!("{origin}{path}"));
        let request = request
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(fields.collect::<Vec<_>>().join("&"));
        let answer = request.send().await?;
        if answer.status().is_server_error() {
            return Err(Unanswered::Broken("the server broke".into()));
        }
        Ok(answer.text().await?)
    }

    /// Does it, and types the password on the way where that is asked for.
    async fn change(
        &self,
        browser: &Browser,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<String, Unanswered> {
        let page = self.post(browser, path, form).await?;
        if !page.contains("Type your password once more") {
            return Ok(page);
        }
        self.post(browser, "/password", &[("password", PASSWORD)]).await?;
        self.post(browser, path, form).await
    }

    fn fresh(&self, name: &SubjectId) -> Result<Browser, Unanswered> {
        Ok(Browser { client: Client::builder().cookie_store(true).build()?, name: name.clone() })
    }
}

impl SignInEndpoint for Visitors {
    type Session = Browser;

    async fn now(&self) -> Result<UnixTime, Unanswered> {
        Ok(self.server.clock.time())
    }

    async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
        self.server.clock.advance(secs);
        Ok(())
    }

    async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
        let name = format!("person-{}", self.people.fetch_add(1, Ordering::Relaxed));
        let person = SubjectId::new(&name)?;
        let form = [("name", name.as_str()), ("password", PASSWORD)];
        self.post(&self.fresh(&person)?, "/sign-up", &form).await?;
        Ok(person)
    }

    async fn start(&self, subject: &SubjectId) -> Result<Browser, Unanswered> {
        let browser = self.fresh(subject)?;
        let name = core::str::from_utf8(subject.as_bytes())?;
        self.post(&browser, "/sign-in", &[("name", name), ("password", PASSWORD)]).await?;
        Ok(browser)
    }

    async fn submit(
        &self,
        browser: &Browser,
        kind: FactorKind,
        typed: &str,
    ) -> Result<String, Unanswered> {
        let way = match kind {
            FactorKind::Totp => "app",
            FactorKind::BackupCode => "backup-code",
            FactorKind::Phone => "sent",
            _ => return Err(Unanswered::NotOffered),
        };
        let form = [("way", way), ("code", typed)];
        Ok(said(&self.post(browser, "/prove/sign-in/code", &form).await?))
    }

    async fn is_signed_in(&self, browser: &Browser) -> Result<bool, Unanswered> {
        Ok(self.get(browser, "/").await?.contains("<h1>Hello, "))
    }

    async fn sign_out(&self, browser: &Browser) -> Result<(), Unanswered> {
        self.post(browser, "/sign-out", &[]).await.map(drop)
    }

    async fn begin_app(&self, browser: &Browser) -> Result<Option<String>, Unanswered> {
        let page = self.change(browser, "/settings/app/begin", &[]).await?;
        Ok(between(&page, "<p class=\"secret\">", "</p>").map(|secret| secret.replace(' ', "")))
    }

    async fn confirm_app(&self, browser: &Browser, typed: &str) -> Result<String, Unanswered> {
        Ok(said(&self.post(browser, "/settings/app", &[("code", typed)]).await?))
    }

    async fn begin_phone(&self, browser: &Browser) -> Result<String, Unanswered> {
        let number = {
            let mut numbers = self.numbers.lock().unwrap();
            let count: usize = numbers.values().map(Vec::len).sum();
            let number = format!("+1415555{count:04}");
            numbers.entry(browser.name.clone()).or_default().push((number.clone(), 0));
            number
        };
        let page = self.change(browser, "/settings/phone", &[("address", &number)]).await?;
        Ok(said(&page))
    }

    async fn confirm_phone(&self, browser: &Browser, typed: &str) -> Result<String, Unanswered> {
        Ok(said(&self.post(browser, "/settings/address", &[("code", typed)]).await?))
    }

    async fn send(&self, browser: &Browser) -> Result<String, Unanswered> {
        let mut page = self.get(browser, "/prove/sign-in").await?;
        let phone = between(&page, "/prove/sign-in?way=", "\"").filter(|way| way.len() == 26);
        if let (Some(way), false) = (phone, page.contains("Send the code")) {
            page = self.get(browser, &format!("/prove/sign-in?way={way}")).await?;
        }
        if page.contains("action=\"/prove/sign-in/resend\"") {
            return self.post(browser, "/prove/sign-in/resend", &[]).await;
        }
        match between(&page, "name=\"address\" value=\"", "\"") {
            Some(address) => {
                self.post(browser, "/prove/sign-in/send", &[("address", &address)]).await
            }
            None => Ok(page),
        }
    }

    async fn inbox(&self, subject: &SubjectId) -> Result<Vec<String>, Unanswered> {
        let mut numbers = self.numbers.lock().unwrap();
        let mut codes = Vec::new();
        for (number, read) in numbers.get_mut(subject).into_iter().flatten() {
            let texts = self.server.app.phone.texts(number);
            codes.extend(texts[*read..].iter().filter_map(|text| code(text)));
            *read = texts.len();
        }
        Ok(codes)
    }

    async fn new_backup_codes(&self, browser: &Browser) -> Result<Vec<String>, Unanswered> {
        let page = self.post(browser, "/settings/backup-codes", &[]).await?;
        let list = between(&page, "<ol class=\"codes\">", "</ol>").unwrap_or_default();
        Ok(list.split("<li>").skip(1).filter_map(|item| between(item, "", "</li>")).collect())
    }
}

/// The words that a page begins with.
fn said(page: &str) -> String {
    let notice = between(page, "role=\"alert\">", "</p>");
    notice.or_else(|| between(page, "<h1>", "</h1>")).unwrap_or_default()
}

fn between(page: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found.to_owned())
}

/// The code in a message: its first six digits.
pub fn code(text: &str) -> Option<String> {
    let (digits, _) = text.split_once(" is your")?;
    Some(digits.to_owned()).filter(|digits| digits.len() == 6)
}

fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

const PASSWORD: &str = "correct horse battery staple";
