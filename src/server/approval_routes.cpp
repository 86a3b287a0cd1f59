// /api/approvals: what waits for a person, and deciding it.
#include <fmt/format.h>

#include "server/api.h"
#include "server/members.h"
#include "server/paging.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

constexpr std::size_t kMaxNotes_bytes = 10'000;  // of why

struct Verdict {
  bool approved = false;
  std::string by;
  std::string notes;
};

void decide(Services& services, const std::string& approval_id, Verdict verdict, const Request& request,
            const std::shared_ptr<Responder>& responder) {
  engine::DecideApproval message;
  message.approval_id = approval_id;
  message.approved = verdict.approved;
  message.by = std::move(verdict.by);
  message.notes = std::move(verdict.notes);
  message.reply = [&services, responder, id = request.id, approval_id](const Result<store::ApprovalRow>& row) {
    if (row) return responder->respond(json_response(200, approval_view(*row, *services.masker)));
    if (row.error().code != ErrorCode::kConflict) return responder->respond(error_response(row.error(), id));
    if (row.error().message != "Approval already processed")
      return responder->respond(error_response(400, row.error().message, "conflict", id));
    const auto current =
        store::read_one<store::ApprovalRow>(services.store, {.table = store::Table::kApprovals, .id = approval_id});
    responder->respond(error_response(400, "Approval already processed", "already_processed", id,
                                      {{"status", current && *current ? Json((*current)->status) : Json(nullptr)}}));
  };
  send(services, std::move(message), responder, request.id);
}

// {decision, respondedBy, notes}: the form with every check.
void post_decision(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const std::string decision = string_member(*body, "decision");
  if (decision != "APPROVED" && decision != "REJECTED") {
    return responder->respond(error_response(400, "Decision must be APPROVED or REJECTED", "invalid", request.id));
  }
  if (string_member(*body, "respondedBy").empty())
    return responder->respond(error_response(400, "respondedBy is required", "invalid", request.id));
  auto by = name_of(*body, "respondedBy", request, *responder);
  if (!by) return;
  auto notes = text_of(*body, "notes", kMaxNotes_bytes, request, *responder);
  if (!notes) return;
  decide(services, params.at("approvalId"), {decision == "APPROVED", std::move(*by), std::move(*notes)}, request,
         responder);
}

// Whether the approval belongs to the run that the path names, and that to the workflow; answers itself when not.
bool is_where_the_path_says(Services& services, const Request& request, const Params& params, Responder& responder) {
  if (!params.contains("runId")) return true;
  const auto run = read_run(services, request, params, responder);
  if (!run) return false;
  const auto row = store::read_one<store::ApprovalRow>(
      services.store, {.table = store::Table::kApprovals, .id = params.at("approvalId")});
  if (row && *row && (*row)->run_id == run->id) return true;
  responder.respond(row ? error_response(404, "Approval not found", "not_found", request.id)
                        : error_response(row.error(), request.id));
  return false;
}

// …/approve and …/reject with {comment}: the short forms.
void post_short(Services& services, bool approved, const Request& request, const Params& params,
                const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  if (!is_where_the_path_says(services, request, params, *responder)) return;
  auto by = name_of(*body, "respondedBy", request, *responder);
  if (!by) return;
  const Json* given = find_member(*body, "respondedBy");
  if (given != nullptr && !given->is_null() && by->empty()) {
    return responder->respond(
        error_response(400, "respondedBy: is blank; expected a name, or leave it out", "invalid", request.id));
  }
  if (by->empty()) *by = "api";
  std::string notes;
  for (const char* member : {"notes", "comment", "reason"}) {
    auto text = text_of(*body, member, kMaxNotes_bytes, request, *responder);
    if (!text) return;
    if (notes.empty()) notes = std::move(*text);
  }
  decide(services, params.at("approvalId"), {approved, std::move(*by), std::move(notes)}, request, responder);
}

// The runs, workflows and nodes that approvals are shown with; what many of them share is read once.
class Surroundings {
 public:
  explicit Surroundings(Services& services) : services_(services) {}

  Json of(const store::ApprovalRow& row) {
    Json approval = approval_view(row, *services_.masker);
    const auto run = store::read_one<store::RunRow>(services_.store, {.table = store::Table::kRuns, .id = row.run_id});
    if (!run || !*run) return approval;
    // Put together before it goes into the approval: what is added there moves what is there.
    Json shown_run = run_view(**run, viewer_of(services_));
    Json bare = workflow_of(**run);
    Json node;
    if (!bare.is_null()) {
      for (const Json& candidate : bare["nodes"]) {
        if (candidate["id"] == row.node) node = candidate;
      }
      bare.erase("nodes");
      bare.erase("definition");
      shown_run["workflow"] = std::move(bare);
    }
    approval["workflowRun"] = std::move(shown_run);
    if (!node.is_null()) approval["node"] = std::move(node);
    return approval;
  }

 private:
  const Json& workflow_of(const store::RunRow& run) {
    const auto [known, is_new] = workflows_.try_emplace(run.workflow_id);
    if (!is_new) return known->second;
    const auto row = store::read_one<store::WorkflowRow>(services_.store,
                                                         {.table = store::Table::kWorkflows, .id = run.workflow_id});
    if (!agents_.contains(run.project_id)) {
      auto agents = AgentIndex::read(services_.store, run.project_id);
      agents_.emplace(run.project_id, agents ? std::move(*agents) : AgentIndex{});
    }
    if (row && *row) known->second = workflow_view(**row, (*row)->document, agents_.at(run.project_id), true);
    return known->second;
  }

  Services& services_;
  std::map<std::string, Json> workflows_;  // by id; null when there is none
  std::map<std::int64_t, AgentIndex> agents_;
};

void list_approvals(Services& services, const Request& request, const Params&,
                    const std::shared_ptr<Responder>& responder) {
  const auto page = page_of(request, kMaxPage, *responder);
  if (!page) return;
  store::Query query{.table = store::Table::kApprovals};
  if (!ask_for_page(*page, query, request, *responder)) return;
  if (const auto status = request.query.find("status"); status != request.query.end()) {
    const std::string word = status->second == "PENDING_APPROVAL" ? "PENDING" : status->second;
    if (word != "PENDING" && word != "APPROVED" && word != "REJECTED") {
      return responder->respond(
          error_response(400, fmt::format("Unknown status {}; expected PENDING, APPROVED or REJECTED", status->second),
                         "invalid", request.id, {{"validStatuses", {"PENDING", "APPROVED", "REJECTED"}}}));
    }
    query.status = word;
  }
  if (const auto run = request.query.find("workflowRunId"); run != request.query.end()) query.run_id = run->second;
  auto rows = store::read_all<store::ApprovalRow>(services.store, query);
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  std::string next;
  cut_page(*page, *rows, &store::ApprovalRow::requested_at_ms, next);

  Surroundings surroundings(services);
  Json list = Json::array();
  std::size_t size_bytes = 0;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    Json approval = surroundings.of((*rows)[i]);
    size_bytes += dump_json(approval).size();
    if (i > 0 && size_bytes > kMaxPage_bytes) {
      next = cursor_of((*rows)[i - 1].requested_at_ms, (*rows)[i - 1].id);
      break;
    }
    list.push_back(std::move(approval));
  }
  Response response = json_response(200, list);
  if (!next.empty()) link_next(response, request, next);
  responder->respond(std::move(response));
}

void show_approval(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto row = store::read_one<store::ApprovalRow>(
      services.store, {.table = store::Table::kApprovals, .id = params.at("approvalId")});
  if (!row) return responder->respond(error_response(row.error(), request.id));
  if (!*row) return responder->respond(error_response(404, "Approval not found", "not_found", request.id));
  responder->respond(json_response(200, approval_view(**row, *services.masker)));
}

}  // namespace

void add_approval_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Approvals";
  const std::vector<Answer> decided = {
      {200, "The approval as decided", ref("Approval")},
      bad_request("The decision is wrong, or was made before"),
      not_found("Approval not found"),
  };
  api.add("GET", {"/api/approvals"},
          {.id = "listApprovals",
           .tag = tag,
           .summary = "Approvals with their runs and nodes, newest first",
           .query = with_page({{"status", "PENDING (also PENDING_APPROVAL), APPROVED or REJECTED"},
                               {"workflowRunId", "Only those of this run"}},
                              kMaxPage),
           .answers = {{200, "The approvals", list(ref("ApprovalDetail"))}, bad_request("A parameter is wrong")}},
          list_approvals);
  api.add("GET", {"/api/approvals/:approvalId"},
          {.id = "getApproval",
           .tag = tag,
           .summary = "One approval",
           .answers = {{200, "The approval", ref("Approval")}, not_found("Approval not found")}},
          show_approval);
  api.add("POST", {"/api/approvals/:approvalId/decision", "/api/approvals/:approvalId/respond"},
          {.id = "decideApproval",
           .tag = tag,
           .summary = "Approve or reject",
           .description = "Of several decisions exactly one counts.",
           .body = object({{"decision", words({"APPROVED", "REJECTED"})},
                           {"respondedBy", text()},
                           optional("notes", nullable(text()))}),
           .answers = decided},
          post_decision);
  const Json comment = object({optional("comment", nullable(text())), optional("respondedBy", nullable(text()))});
  for (const bool approved : {true, false}) {
    const std::string verb = approved ? "/approve" : "/reject";
    api.add("POST",
            {"/api/approvals/:approvalId" + verb, "/api/workflows/:id/runs/:runId/approvals/:approvalId" + verb},
            {.id = approved ? "approve" : "reject",
             .tag = tag,
             .summary = approved ? "Approve, in short" : "Reject, in short",
             .body = comment,
             .answers = decided},
            [approved](Services& services, const Request& request, const Params& params,
                       const std::shared_ptr<Responder>& responder) {
              post_short(services, approved, request, params, responder);
            });
  }
}

}  // namespace commandcenter::server
