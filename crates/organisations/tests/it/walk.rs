//! Every figure of every page opens to a list of exactly that length.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{TestDb, app::Browser};

use crate::town_hall::{self, total};

testkit::on_both!(every_figure_opens_to_its_records, every_tab_counts_its_list);

/// The links with figures of a page: address and text.
fn figures(body: &str) -> Vec<(String, String)> {
    let links = body.split("<a class=\"fig\" href=\"").skip(1);
    links
        .map(|rest| {
            let (href, rest) = rest.split_once('"').unwrap();
            let text = rest.split_once('>').unwrap().1.split_once("</a>").unwrap().0;
            let text = text.split('<').next().unwrap();
            (unescaped(href), text.to_owned())
        })
        .collect()
}

fn unescaped(href: &str) -> String {
    href.replace("&#38;", "&").replace("&amp;", "&")
}

/// Lists that were counted already, by address.
#[derive(Default)]
struct Lists(BTreeMap<String, i64>);

impl Lists {
    async fn total(&mut self, browser: &Browser, href: &str) -> i64 {
        if let Some(known) = self.0.get(href) {
            return *known;
        }
        let answer = browser.get(href).await;
        assert_eq!(answer.status, 200, "{href}");
        let total = total(&answer.body);
        self.0.insert(href.to_owned(), total);
        total
    }

    /// A figure and its list agree: a count is the list's length, a share is its length by that
    /// of the set it is a part of.
    async fn check(&mut self, browser: &Browser, page: &str, href: &str, text: &str) {
        let total = self.total(browser, href).await;
        if !text.contains('.') {
            let number: i64 =
                text.replace(',', "").replace('−', "-").trim_start_matches('+').parse().unwrap();
            assert_eq!(number.abs(), total, "{page}: {text} opens to {href}");
            return;
        }
        let whole = match href {
            _ if href.contains("status=covered_eligible") => {
                href.replace("status=covered_eligible", "status=eligible")
            }
            _ => {
                ["covered", "separate", "work_covered"].iter().fold(href.to_owned(), |href, set| {
                    href.replace(&format!("status={set}"), "status=operating")
                })
            }
        };
        let whole = self.total(browser, &whole).await;
        let share = format!("{:.1}", total as f64 * 100.0 / whole as f64);
        assert_eq!(text, share, "{page}: {text} opens to {href}");
    }
}

async fn every_figure_opens_to_its_records(db: TestDb) {
    let hall = town_hall::open(db).await;
    let browser = hall.browser("admin").await;
    let mut pages: Vec<String> = [
        "/units",
        "/units?status=due",
        "/units?status=covered&at=2020-12-31",
        "/units?change=established&from=2020-06-30&at=2021-06-30",
        "/units?change=lost&from=2020-06-30",
        "/units?change=entered&from=2020-06-30",
        "/units?change=left&from=2020-06-30",
        "/units?q=%E5%A4%A7%E5%8E%A6",
        "/places",
        "/places?on=2020-09-30",
        "/stations",
        "/bodies",
        "/workers",
        "/definitions",
        "/definitions/1",
    ]
    .map(str::to_owned)
    .into();
    for town in hall.atlas.towns().iter().take(4) {
        pages.push(format!("/places/{town}"));
        pages.push(format!("/places/{town}?on=2020-09-30"));
        let fronts = hall.atlas.children(*town);
        pages.extend(fronts.iter().map(|place| format!("/places/{place}")));
    }
    let stations = hall.atlas.stations().iter();
    pages.extend(stations.map(|station| format!("/stations/{}", station.id)));
    let mut lists = Lists::default();
    let (mut walked, mut nonzero, mut silent) = (0, 0, BTreeSet::new());
    for page in pages {
        let answer = browser.get(&page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
        let figures = figures(&answer.body);
        if figures.is_empty() {
            silent.insert(page.clone());
        }
        for (href, text) in figures {
            if !href.starts_with("/units") {
                assert_eq!(browser.get(&href).await.status, 200, "{page}: {href}");
                continue;
            }
            lists.check(&browser, &page, &href, &text).await;
            walked += 1;
            nonzero += i32::from(text != "0");
        }
    }
    assert!(walked > 60 && nonzero > 40, "{walked} figures, {nonzero} of them not zero");
    assert!(!silent.contains("/places") && !silent.contains("/units"), "{silent:?}");
}

async fn every_tab_counts_its_list(db: TestDb) {
    let hall = town_hall::open(db).await;
    for name in ["admin", "town", "viewer"] {
        let browser = hall.browser(name).await;
        for page in ["/units", "/units?at=2020-12-31"] {
            let answer = browser.get(page).await;
            let tabs = answer.between("<nav class=\"nav-tabs\"", "</nav>").to_owned();
            let mut counted = 0;
            for tab in tabs.split("<a href=\"").skip(1) {
                let (href, rest) = tab.split_once('"').unwrap();
                let Some((_, count)) = rest.split_once("<b>") else { continue };
                let count: i64 = count.split_once('<').unwrap().0.replace(',', "").parse().unwrap();
                let list = browser.get(&unescaped(href)).await;
                assert_eq!(total(&list.body), count, "{name} {page} {href}");
                counted += 1;
            }
            assert!(counted >= 5, "{counted} tabs");
        }
    }
}
