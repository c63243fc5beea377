//! A report in a browser: it says nothing to the console and asks nobody, and its charts do what they should.

mod browser;
mod common;

use browser::Browser;
use common::Store;
use metalab::Level;
use serde_json::json;

/// Returns the least contrast of a text of the page with what is behind it, and which text that is.
const CONTRAST: &str = include_str!("browser/contrast.js");

/// The page of two runs: in the one, `loss` is 1, 1/2, 1/3, ...; in the other there is no number at a place.
fn page(directory: &std::path::Path) -> std::path::PathBuf {
    let store = Store::new();
    store.run("heat:1.0", "a1", 100);
    let run = store.open("heat:1.0", "b2", 200);
    let loss = run.series("loss", Some("K"), None).unwrap();
    for step in 0..100 {
        let value = if step == 30 { f64::NAN } else { 2.0 / (step + 1) as f64 };
        loss.point(step, value).unwrap();
    }
    run.metric("best", 3.0).unwrap();
    run.add_warning("too coarse", json!({})).unwrap();
    for level in [Level::Info, Level::Warning, Level::Error] {
        run.log(level, "</pre></script><img src=x onerror=alert(1)>").unwrap();
    }
    run.data("</script><img src=x onerror=alert(1)>", json!({"a": 1}), json!({})).unwrap();
    run.fail("solver", "it diverged", None).unwrap();
    run.finish().unwrap();
    let path = directory.join("page.html");
    store.mlab(&["report", "a1", "b2", "-o", path.to_str().unwrap()]).good();
    path
}

#[test]
fn the_page_works_in_a_browser() {
    let Some(browser) = Browser::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    browser.open(&page(directory.path()));
    assert_eq!(browser.script("return document.documentElement.dataset.ready"), "");
    assert_eq!(browser.script("return document.querySelectorAll('[onerror]').length"), 0);

    hovering_shows_values(&browser);
    dragging_zooms(&browser);
    keys_do_the_same(&browser);
    tools_and_legend(&browser);
    it_can_be_read_by_all(&browser);
    it_fits_a_phone(&browser);

    assert_eq!(browser.log("browser"), Vec::<serde_json::Value>::new(), "the console is empty");
    nothing_is_asked_of_anybody(&browser);
    // An inline script that somehow got in would not run.
    browser.script(
        "const one = document.createElement('script'); one.textContent = 'window.isBad = true'; \
         document.body.append(one);",
    );
    assert_eq!(browser.script("return window.isBad === undefined"), true);
}

/// A place in the chart: parts of its width and height.
fn place(browser: &Browser, across: f64, down: f64) -> [f64; 2] {
    let found = browser.script(
        "const stage = document.querySelector('.stage'); stage.scrollIntoView({block: 'center', behavior: 'instant'}); \
         const box = stage.getBoundingClientRect(); return [box.x, box.y, box.width, box.height];",
    );
    let at = |index: usize| found[index].as_f64().unwrap();
    [at(0) + across * at(2), at(1) + down * at(3)]
}

/// The range along x.
fn range(browser: &Browser) -> [f64; 2] {
    let text = browser.script("return document.querySelector('.stage').dataset.x");
    let ends: Vec<f64> = text.as_str().unwrap().split(' ').map(|end| end.parse().unwrap()).collect();
    [ends[0], ends[1]]
}

fn tip(browser: &Browser) -> String {
    let text = browser.script(
        "const tip = document.querySelector('.stage .tip'); \
         return tip.hidden ? '' : [...tip.children].map((line) => line.textContent).join('|')",
    );
    text.as_str().unwrap().to_owned()
}

fn hovering_shows_values(browser: &Browser) {
    browser.mouse("mouseMoved", place(browser, 0.5, 0.5), 0);
    let said = tip(browser);
    let parts: Vec<&str> = said.split('|').collect();
    let step: f64 = parts[0].strip_prefix("step ").unwrap().parse().unwrap();
    assert!((40.0..60.0).contains(&step), "{said}");
    let value = |text: &str, run: &str| -> f64 {
        text.strip_prefix(run).unwrap().strip_suffix(" K").unwrap().parse().unwrap()
    };
    assert!((value(parts[1], "a1") - 1.0 / (step + 1.0)).abs() < 1e-6, "{said}");
    assert!((value(parts[2], "b2") - 2.0 / (step + 1.0)).abs() < 1e-6, "{said}");
    browser.mouse("mouseMoved", [2.0, 2.0], 0);
    assert_eq!(tip(browser), "");
}

fn dragging_zooms(browser: &Browser) {
    assert_eq!(range(browser), [0.0, 99.0]);
    let (start, end) = (place(browser, 0.4, 0.5), place(browser, 0.6, 0.5));
    browser.mouse("mousePressed", start, 1);
    browser.mouse("mouseMoved", end, 1);
    browser.mouse("mouseReleased", end, 1);
    let [low, high] = range(browser);
    assert!((25.0..45.0).contains(&low) && (50.0..65.0).contains(&high), "{low} {high}");
    for clicks in [1, 2] {
        browser.mouse("mousePressed", start, clicks);
        browser.mouse("mouseReleased", start, clicks);
    }
    assert_eq!(range(browser), [0.0, 99.0]);
}

fn keys_do_the_same(browser: &Browser) {
    browser.script("document.querySelector('.stage').focus()");
    let said = || browser.script("return document.getElementById('said').textContent");
    browser.key("Home");
    assert_eq!(said(), "step 0: a1 1 K, b2 2 K");
    browser.key("ArrowRight");
    assert_eq!(said(), "step 1: a1 0.5 K, b2 1 K");
    browser.key("End");
    browser.key("ArrowLeft");
    assert!(said().as_str().unwrap().starts_with("step 98: "), "{}", said());
    browser.key("+");
    let [low, high] = range(browser);
    assert!(high - low < 50.0 && low < 98.0 && 98.0 < high, "{low} {high}");
    browser.key("Escape");
    assert_eq!(range(browser), [0.0, 99.0]);
}

fn tools_and_legend(browser: &Browser) {
    let low = || {
        let text = browser.script("return document.querySelector('.stage').dataset.y");
        text.as_str().unwrap().split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(low() <= 0.0);
    browser.key("l");
    assert!(low() > 0.0);
    assert_eq!(
        browser.script("return document.querySelector('.tools [aria-pressed=true]').textContent"),
        "Log"
    );
    browser.script("document.querySelector('.tools [aria-pressed=true]').click()");
    assert!(low() <= 0.0);

    let curves = "return document.querySelectorAll('.stage > svg path.curve').length";
    assert_eq!(browser.script("return document.querySelectorAll('.stage > svg path.mark').length"), 1);
    assert_eq!(browser.script(curves), 2);
    browser.script("document.querySelector('.key').click()");
    assert_eq!(browser.script(curves), 1);
    assert_eq!(browser.script("return document.querySelector('.key').getAttribute('aria-pressed')"), "false");
    browser.script("document.querySelector('.key').click()");
    assert_eq!(browser.script(curves), 2);
}

fn it_can_be_read_by_all(browser: &Browser) {
    let tree = browser.command("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let text =
        |node: &serde_json::Value, key: &str| node[key]["value"].as_str().unwrap_or_default().to_owned();
    let seen: Vec<(String, String)> = nodes
        .iter()
        .filter(|node| node["ignored"] != true)
        .map(|node| (text(node, "role"), text(node, "name")))
        .collect();
    let chart = "Chart of loss in K. a1: 100 points, first 1, last 0.01, least 0.01, greatest 1; \
                 b2: 100 points, first 2, last 0.02, least 0.02, greatest 2.";
    for (role, name) in [
        ("heading", "2 runs of heat:1.0"),
        ("heading", "Curves"),
        ("navigation", "Contents"),
        ("image", chart),
        ("group", "loss"),
        ("rowheader", "best"),
        ("columnheader", "Name"),
        ("region", "Log run"),
    ] {
        assert!(seen.contains(&(role.to_owned(), name.to_owned())), "{role} {name}: {seen:?}");
    }
    for role in ["button", "link", "image", "combobox", "heading", "table", "region"] {
        let is_silent = |(of, name): &&(String, String)| of == role && name.is_empty() && role != "table";
        assert_eq!(seen.iter().filter(is_silent).count(), 0, "a {role} without a name");
    }
    let levels = browser
        .script("return [...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))");
    let levels: Vec<i64> = levels.as_array().unwrap().iter().map(|level| level.as_i64().unwrap()).collect();
    assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    for theme in ["light", "dark"] {
        browser.script(&format!("document.documentElement.dataset.theme = '{theme}'"));
        let least = browser.script(CONTRAST);
        assert!(least[0].as_f64().unwrap() >= 4.5, "{theme}: {least}");
    }
}

fn it_fits_a_phone(browser: &Browser) {
    let size = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true});
    browser.command("Emulation.setDeviceMetricsOverride", size);
    let width = browser.script("return document.documentElement.scrollWidth");
    assert!(width.as_f64().unwrap() <= 360.0, "{width}");
    browser.command("Emulation.clearDeviceMetricsOverride", json!({}));
}

fn nothing_is_asked_of_anybody(browser: &Browser) {
    let mut asked = Vec::new();
    for entry in browser.log("performance") {
        let message: serde_json::Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        if message["message"]["method"] == "Network.requestWillBeSent" {
            asked.push(message["message"]["params"]["request"]["url"].as_str().unwrap().to_owned());
        }
    }
    assert!(asked.iter().any(|url| url.ends_with("page.html")), "{asked:?}");
    assert!(asked.iter().all(|url| url.starts_with("file:") || url.starts_with("data:")), "{asked:?}");
}
