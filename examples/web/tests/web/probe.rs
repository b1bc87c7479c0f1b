//! The attack probe of the test kit, over HTTP.

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
async fn sign_in_withstands_the_probe() {
    let server = Server::start(1_800_000_000).await;
    let site = Site { server, accounts: AtomicU32::new(0), numbers: Mutex::default() };
    let report = probe(&site).await.check().unwrap();
    let held = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Resisted(_));
    assert!(report.findings().iter().all(|finding| held(finding.outcome())), "{report}");
    assert_eq!(report.findings().len(), 36);
}

/// The application as the probe sees it.
struct Site {
    server: Server,
    accounts: AtomicU32,
    /// The phone numbers of each user, and the number of messages read for each.
    numbers: Mutex<HashMap<SubjectId, Vec<(String, usize)>>>,
}

/// An HTTP client and the account that it signs in to.
struct Browser {
    client: Client,
    name: SubjectId,
}

impl Site {
    async fn get(&self, browser: &Browser, path: &str) -> Result<String, Unanswered> {
        let response = browser.client.get(format!("{}{path}", self.server.origin)).send().await?;
        Ok(response.error_for_status()?.text().await?)
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
        let response = request.send().await?;
        if response.status().is_server_error() {
            return Err(Unanswered::Broken("server error".into()));
        }
        Ok(response.text().await?)
    }

    /// Posts a form, and enters the password again if the application asks for it.
    async fn change(
        &self,
        browser: &Browser,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<String, Unanswered> {
        let page = self.post(browser, path, form).await?;
        if !page.contains("Enter your password again") {
            return Ok(page);
        }
        let password = [("name", browser.name.as_str()), ("password", PASSWORD)];
        self.post(browser, "/sign-in", &password).await?;
        self.post(browser, path, form).await
    }

    fn new_browser(&self, name: &SubjectId) -> Result<Browser, Unanswered> {
        Ok(Browser { client: Client::builder().cookie_store(true).build()?, name: name.clone() })
    }
}

impl SignInEndpoint for Site {
    type Session = Browser;

    async fn now(&self) -> Result<UnixTime, Unanswered> {
        Ok(self.server.clock.time())
    }

    async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
        self.server.clock.advance(secs);
        Ok(())
    }

    async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
        let name = format!("user-{}", self.accounts.fetch_add(1, Ordering::Relaxed));
        let user = SubjectId::new(&name)?;
        let form = [("name", name.as_str()), ("password", PASSWORD)];
        self.post(&self.new_browser(&user)?, "/sign-up", &form).await?;
        Ok(user)
    }

    async fn start(&self, subject: &SubjectId) -> Result<Browser, Unanswered> {
        let browser = self.new_browser(subject)?;
        let form = [("name", subject.as_str()), ("password", PASSWORD)];
        self.post(&browser, "/sign-in", &form).await?;
        Ok(browser)
    }

    async fn submit(
        &self,
        browser: &Browser,
        kind: FactorKind,
        typed: &str,
    ) -> Result<String, Unanswered> {
        let kind = match kind {
            FactorKind::Totp => "totp",
            FactorKind::BackupCode => "backup_code",
            FactorKind::Phone => "sent_code",
            _ => return Err(Unanswered::NotOffered),
        };
        let form = [("kind", kind), ("code", typed)];
        Ok(message(&self.post(browser, "/two-factor", &form).await?))
    }

    async fn is_signed_in(&self, browser: &Browser) -> Result<bool, Unanswered> {
        Ok(self.get(browser, "/").await?.contains("<h1>Hello, "))
    }

    async fn sign_out(&self, browser: &Browser) -> Result<(), Unanswered> {
        self.post(browser, "/two-factor/sign-out", &[]).await.map(drop)
    }

    async fn begin_app(&self, browser: &Browser) -> Result<Option<String>, Unanswered> {
        let page =
            self.change(browser, "/two-factor/settings/authenticator-app/begin", &[]).await?;
        Ok(between(&page, "<p class=\"secret\">", "</p>").map(|secret| secret.replace(' ', "")))
    }

    async fn confirm_app(&self, browser: &Browser, typed: &str) -> Result<String, Unanswered> {
        Ok(message(
            &self
                .post(browser, "/two-factor/settings/authenticator-app", &[("code", typed)])
                .await?,
        ))
    }

    async fn begin_phone(&self, browser: &Browser) -> Result<String, Unanswered> {
        let number = {
            let mut numbers = self.numbers.lock().unwrap();
            let count: usize = numbers.values().map(Vec::len).sum();
            let number = format!("+1415555{count:04}");
            numbers.entry(browser.name.clone()).or_default().push((number.clone(), 0));
            number
        };
        let page =
            self.change(browser, "/two-factor/settings/phone", &[("address", &number)]).await?;
        Ok(message(&page))
    }

    async fn confirm_phone(&self, browser: &Browser, typed: &str) -> Result<String, Unanswered> {
        Ok(message(&self.post(browser, "/two-factor/settings/address", &[("code", typed)]).await?))
    }

    async fn send(&self, browser: &Browser) -> Result<String, Unanswered> {
        let mut page = self.get(browser, "/two-factor").await?;
        let phone = between(&page, "/two-factor?method=", "\"").filter(|id| id.len() == 26);
        if let (Some(id), false) = (phone, page.contains("Send code")) {
            page = self.get(browser, &format!("/two-factor?method={id}")).await?;
        }
        if page.contains("action=\"/two-factor/resend\"") {
            return self.post(browser, "/two-factor/resend", &[]).await;
        }
        match between(&page, "name=\"address\" value=\"", "\"") {
            Some(address) => self.post(browser, "/two-factor/send", &[("address", &address)]).await,
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
        let page = self.post(browser, "/two-factor/settings/backup-codes", &[]).await?;
        let list = between(&page, "<ol class=\"codes\">", "</ol>").unwrap_or_default();
        Ok(list.split("<li>").skip(1).filter_map(|item| between(item, "", "</li>")).collect())
    }
}

/// Returns the error message or the title of a page.
fn message(page: &str) -> String {
    let error = between(page, "role=\"alert\">", "</p>");
    error.or_else(|| between(page, "<h1>", "</h1>")).unwrap_or_default()
}

fn between(page: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found.to_owned())
}

/// Returns the code in a message: its first six digits.
pub fn code(text: &str) -> Option<String> {
    let (digits, _) = text.split_once(" is your")?;
    Some(digits.to_owned()).filter(|digits| digits.len() == 6)
}

fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

const PASSWORD: &str = "correct horse battery staple";
