//! Every route of this room: method, path, who may, handler.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::{
    pages::{
        api, desk, edit, festival, funders, invitations, list, members, poster, steps, sub_events,
    },
    policy::{ORGANISERS, READERS},
};

const READ: Access = Access::Roles(READERS);
const RUN: Access = Access::Roles(ORGANISERS);
const FUND: Access = Access::Roles(&[Role::Funder]);
const SPEAK: Access = Access::Roles(&[Role::Merchant]);
const RULE: Access = Access::Roles(&[Role::Administrator]);

/// The routes.
pub fn routes() -> Routes {
    campaign_routes().merge(member_routes()).merge(other_routes()).merge(api_routes())
}

fn campaign_routes() -> Routes {
    Routes::new()
        .get("/campaigns", READ, list::show)
        .get("/campaigns/new", RUN, edit::new)
        .post("/campaigns", RUN, edit::create)
        .get("/campaigns/{id}", READ, desk::show)
        .get("/campaigns/{id}/change", RUN, edit::change)
        .post("/campaigns/{id}", RUN, edit::changed)
        .get("/campaigns/{id}/poster", READ, poster::show)
        .post("/campaigns/{id}/approvals", FUND, steps::approve)
        .post("/campaigns/{id}/returns", FUND, steps::send_back)
        .post("/campaigns/{id}/starts", RUN, steps::start)
        .post("/campaigns/{id}/ends", RUN, steps::settle)
        .post("/campaigns/{id}/closures", RUN, steps::close)
        .post("/campaigns/{id}/cancellations", RUN, steps::cancel)
        .get("/campaigns/{id}/sub-events/new", RUN, sub_events::new)
        .post("/campaigns/{id}/sub-events", RUN, sub_events::create)
        .get("/sub-events/{id}/change", RUN, sub_events::change)
        .post("/sub-events/{id}", RUN, sub_events::changed)
        .post("/sub-events/{id}/cancellations", RUN, sub_events::cancel)
        .get("/campaigns/{id}/programme/new", RUN, sub_events::new_item)
        .post("/campaigns/{id}/programme", RUN, sub_events::add_item)
        .post("/campaigns/{id}/programme/{item}/removals", RUN, sub_events::remove_item)
}

fn member_routes() -> Routes {
    Routes::new()
        .get("/campaigns/{id}/members", READ, members::show)
        .get("/campaigns/{id}/invite", RUN, members::invite)
        .post("/campaigns/{id}/invitations", RUN, members::invited)
        .post("/campaigns/{id}/activations", RUN, members::activate)
        .post("/campaigns/{id}/members/{merchant}/suspensions", RUN, members::suspend)
        .post("/campaigns/{id}/members/{merchant}/resumptions", RUN, members::resume)
        .get("/invitations", SPEAK, invitations::show)
        .post("/campaigns/{id}/members/{merchant}/acceptances", SPEAK, invitations::accept)
        .post("/campaigns/{id}/members/{merchant}/refusals", SPEAK, invitations::decline)
        .post("/campaigns/{id}/members/{merchant}/departures", SPEAK, invitations::leave)
}

fn other_routes() -> Routes {
    Routes::new()
        .get("/festival/{slug}", Access::Public, festival::show)
        .get("/festival/{slug}/members", Access::Public, festival::members)
        .get("/funders", RULE, funders::show)
        .get("/funders/new", RULE, funders::new)
        .post("/funders", RULE, funders::create)
        .get("/funders/{id}/change", RULE, funders::change)
        .post("/funders/{id}", RULE, funders::changed)
}

fn api_routes() -> Routes {
    Routes::new()
        .get("/api/v1/campaigns", READ, api::list)
        .describe(
            Operation::new("The campaigns that the asker sees")
                .query::<api::CampaignsQuery>()
                .answers::<api::CampaignList>(),
        )
        .get("/api/v1/campaigns/{id}", READ, api::one)
        .describe(Operation::new("A campaign").answers::<api::CampaignItem>())
        .get("/api/v1/campaigns/{id}/members", READ, api::members)
        .describe(Operation::new("The merchants of a campaign").answers::<api::MemberList>())
        .get("/api/v1/campaigns/{id}/sub-events", READ, api::sub_events)
        .describe(Operation::new("The sub-events of a campaign").answers::<api::SubEventList>())
}
