//! A browser without a window, by way of its driver, which speaks WebDriver over HTTP.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A browser that ends with this value.
pub struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    /// Starts a browser; nothing where there is none. In CI that is an error.
    pub fn start() -> Option<Self> {
        let is_there = |program: &&str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
        };
        let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there);
        let driver = ["chromedriver"].into_iter().find(is_there);
        let (Some(browser), Some(driver)) = (browser, driver) else {
            let text = "no browser: install the packages chromium and chromium-driver";
            assert!(std::env::var_os("CI").is_none(), "{text}");
            eprintln!("skipped: {text}");
            return None;
        };
        let mut command = Command::new(driver);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Reads on, so that the driver never waits for room.
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("http://127.0.0.1:{}/session", port.expect("the driver says its port"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let binary = std::env::split_paths(&path)
            .map(|place| place.join(browser))
            .find(|path| path.is_file())
            .unwrap();
        let options = json!({"binary": binary, "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--window-size=1280,900",
        ]});
        let mut one = Self { driver, session: address };
        let made = one.post(
            "",
            &json!({"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }}}),
        );
        one.session = format!("{}/{}", one.session, made["sessionId"].as_str().unwrap());
        Some(one)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = minreq::post(format!("{}{path}", self.session)).with_timeout(60);
        let response = request.with_body(body.to_string()).send().unwrap();
        let mut answer: Value = serde_json::from_str(response.as_str().unwrap()).unwrap();
        assert_eq!(response.status_code, 200, "{path}: {answer}");
        answer["value"].take()
    }

    /// Opens a file.
    pub fn open(&self, path: &Path) {
        self.post("/url", &json!({"url": format!("file://{}", path.display())}));
    }

    /// The value of the body of a function in the page.
    pub fn script(&self, body: &str) -> Value {
        self.post("/execute/sync", &json!({"script": body, "args": []}))
    }

    /// A command of the browser's own protocol.
    pub fn command(&self, name: &str, params: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": name, "params": params}))
    }

    /// The entries of a log, `browser` or `performance`, since it was last read.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        self.post("/se/log", &json!({"type": kind})).as_array().unwrap().clone()
    }

    /// An event of the mouse at a place of the window.
    pub fn mouse(&self, kind: &str, [x, y]: [f64; 2], clicks: u32) {
        let (button, buttons) = match kind {
            "mouseMoved" if clicks == 0 => ("none", 0),
            _ => ("left", 1),
        };
        self.command(
            "Input.dispatchMouseEvent",
            json!({"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": clicks}),
        );
    }

    /// A key that is pressed and let go.
    pub fn key(&self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.command("Input.dispatchKeyEvent", json!({"type": kind, "key": key}));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser.
        let _ = minreq::delete(&self.session).with_timeout(20).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
