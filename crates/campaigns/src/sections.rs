//! What domains above this room show on a campaign's pages, and what they say before it closes.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use db::{Result, Tx};
use futures_util::future::BoxFuture;
use kernel::Fen;
use web::{Answer, Ask, Figure};

use crate::{Campaign, FunderId};

/// A line of a section on the campaign's desk page.
#[derive(Clone, Debug)]
pub struct SectionLine {
    /// What it is, in Chinese; it goes through the `t` filter.
    pub label: String,
    /// The figure, with the list that it opens.
    pub figure: Figure,
    /// A few words behind it, or empty.
    pub note: String,
}

/// A section on the campaign's desk page.
#[derive(Clone, Debug)]
pub struct DeskSection {
    /// Its heading, in Chinese.
    pub heading: &'static str,
    /// What it counts.
    pub lines: Vec<SectionLine>,
    /// What can be done there: word and address.
    pub links: Vec<(&'static str, String)>,
    /// What is the reader's to do now: sentence and address. Shown above everything else.
    pub tasks: Vec<(String, String)>,
    /// Said while there is no line.
    pub empty: &'static str,
}

/// A section on the campaign's public page, rendered by the domain in the reader's language.
#[derive(Clone, Debug)]
pub struct PublicSection {
    /// Its heading, in Chinese.
    pub heading: &'static str,
    /// The end of the link to it (`vouchers`).
    pub anchor: &'static str,
    /// The body: HTML out of the domain's own template, already escaped.
    pub body: String,
}

/// What a domain adds to campaigns. Its methods run in the reading transaction of the page, but
/// for [`unsettled`](Section::unsettled), which runs in the closing verb's.
pub trait Section: Send + Sync {
    /// On the desk page of a campaign that the asker sees.
    fn desk<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<DeskSection>>> {
        let _ = (ask, tx, campaign);
        Box::pin(async { Ok(None) })
    }

    /// On the public page, for anybody.
    fn public<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<PublicSection>>> {
        let _ = (ask, tx, campaign);
        Box::pin(async { Ok(None) })
    }

    /// How much of each pledge is planned to be spent, with the list that it opens.
    fn planned<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Vec<(FunderId, Fen, String)>>> {
        let _ = (tx, campaign);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What keeps the campaign from closing, in words (“3 家商户还没有付款”); `None` when nothing
    /// does.
    fn unsettled<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        let _ = (tx, campaign);
        Box::pin(async { Ok(None) })
    }
}

/// Where domains leave their [`Section`]s, in the order they are shown. A part of the site's
/// [`State`](web::State): `state.part::<SectionsPart>().add(…)`.
#[derive(Default)]
pub struct SectionsPart {
    sections: RwLock<Vec<Arc<dyn Section>>>,
}

impl fmt::Debug for SectionsPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SectionsPart").field("sections", &self.all().len()).finish()
    }
}

impl SectionsPart {
    /// From now on pages show this one too, after those before it.
    pub fn add(&self, section: Arc<dyn Section>) {
        self.sections.write().unwrap_or_else(PoisonError::into_inner).push(section);
    }

    fn all(&self) -> Vec<Arc<dyn Section>> {
        self.sections.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn desk(
        &self,
        ask: &Ask,
        tx: &mut Tx,
        campaign: &Campaign,
    ) -> Answer<Vec<DeskSection>> {
        let mut shown = Vec::new();
        for section in self.all() {
            shown.extend(section.desk(ask, tx, campaign).await?);
        }
        Ok(shown)
    }

    pub(crate) async fn public(
        &self,
        ask: &Ask,
        tx: &mut Tx,
        campaign: &Campaign,
    ) -> Answer<Vec<PublicSection>> {
        let mut shown = Vec::new();
        for section in self.all() {
            shown.extend(section.public(ask, tx, campaign).await?);
        }
        Ok(shown)
    }

    pub(crate) async fn planned(
        &self,
        tx: &mut Tx,
        campaign: &Campaign,
    ) -> Result<Vec<(FunderId, Fen, String)>> {
        let mut planned = Vec::new();
        for section in self.all() {
            planned.extend(section.planned(tx, campaign).await?);
        }
        Ok(planned)
    }

    pub(crate) async fn unsettled(
        &self,
        tx: &mut Tx,
        campaign: &Campaign,
    ) -> Result<Option<String>> {
        for section in self.all() {
            if let Some(matter) = section.unsettled(tx, campaign).await? {
                return Ok(Some(matter));
            }
        }
        Ok(None)
    }
}
