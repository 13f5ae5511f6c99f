//! `GET /merchants/{id}`: one merchant, its products, its people, what happened to it.

use askama::Template;
use axum::extract::Path;
use kernel::{Code as _, Role, Scope, actor::ScopeKind, mask_name, time::civil_date};
use web::{Answer, Ask, Figure, Page, filters, html};

use crate::{
    Merchant, MerchantId, MerchantState, contact,
    enquiries::open_count,
    keeps,
    pages::{
        desk::{Desk, id_of},
        timeline::{Told, timeline},
    },
    products::{Product, keeps_products, products_of},
    speaks_for, tells_payee, town_of,
};

struct Person {
    name: String,
    role: &'static str,
    since: String,
}

struct Shown {
    name: String,
    href: String,
    origin: &'static str,
    price: String,
    state: &'static str,
    is_listed: bool,
}

#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct May {
    keep: bool,
    phone: bool,
    payee: bool,
    product: bool,
    enquiries: bool,
    grant: bool,
}

#[derive(Template)]
#[template(path = "merchant.html")]
struct View {
    page: Page,
    id: MerchantId,
    name: String,
    state: &'static str,
    is_active: bool,
    is_suspended: bool,
    is_closed: bool,
    place: (String, String),
    town: (String, String),
    uscc: Option<String>,
    phone: Option<String>,
    /// Holder, bank, masked account.
    payee: Option<(String, String, String)>,
    products: Vec<Shown>,
    enquiries: Option<Figure>,
    people: Vec<Person>,
    told: Vec<Told>,
    may: May,
}

/// Shows a merchant.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::read(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let actor = &ask.cx.actor;
    let may = May {
        keep: keeps(actor, &desk.atlas, &merchant),
        phone: keeps(actor, &desk.atlas, &merchant) || speaks_for(actor, id),
        payee: tells_payee(actor, id),
        product: keeps_products(actor, &desk.atlas, &merchant),
        enquiries: speaks_for(actor, id),
        grant: actor.has_citywide(&[Role::Administrator]),
    };
    let keys = &ask.state.site().keys;
    let (phone, payee) = contact::masked(&mut desk.tx, keys, id).await?;
    let products = products_of(&mut desk.tx, id).await?;
    // A draft is its keepers' own affair.
    let products = products.into_iter().filter(|one| may.product || one.is_listed());
    let products = products.map(|one| shown(&one, may.product)).collect();
    let waiting = open_count(&mut desk.tx, id).await?;
    let enquiries = Figure::count(waiting, format!("/enquiries?merchant={id}"));
    let view = View {
        page: ask.page(&merchant.name, "/merchants"),
        id,
        state: merchant.state.label(),
        is_active: merchant.is_active(),
        is_suspended: merchant.state == MerchantState::Suspended,
        is_closed: merchant.state == MerchantState::Closed,
        place: (desk.atlas.path(merchant.place), format!("/places/{}", merchant.place)),
        town: town(&desk, &merchant),
        uscc: merchant.uscc.as_ref().map(ToString::to_string),
        phone: phone.filter(|_| may.phone),
        payee: payee.filter(|_| may.payee || may.keep),
        products,
        enquiries: (may.enquiries || may.keep)
            .then(|| if may.enquiries { enquiries } else { enquiries.closed() }),
        people: people(&mut desk, id).await?,
        told: if may.phone { timeline(&mut desk.tx, id).await? } else { Vec::new() },
        name: merchant.name,
        may,
    };
    html(&ask, &view)
}

fn town(desk: &Desk, merchant: &Merchant) -> (String, String) {
    let town = town_of(&desk.atlas, merchant);
    (desk.atlas.name(town).to_owned(), format!("/places/{town}"))
}

async fn people(desk: &mut Desk, id: MerchantId) -> Answer<Vec<Person>> {
    let scope = Scope::on(ScopeKind::Merchant, id.uuid());
    let held = people::holders_of(&mut desk.tx, scope).await?;
    let person = |one: people::Holder| Person {
        name: mask_name(&one.name),
        role: one.role.label(),
        since: civil_date(one.granted_at).to_string(),
    };
    Ok(held.into_iter().map(person).collect())
}

fn shown(one: &Product, keeps: bool) -> Shown {
    let desk = if keeps { "/edit" } else { "" };
    Shown {
        name: one.facts.name_zh.clone(),
        href: format!("/products/{}{desk}", one.id),
        origin: one.facts.origin.label(),
        price: one.facts.price.map(|price| price.to_string()).unwrap_or_default(),
        state: one.state.label(),
        is_listed: one.is_listed(),
    }
}
