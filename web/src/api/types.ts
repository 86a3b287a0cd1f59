// What the API answers with, as far as pages use it. Times are ISO 8601, ids opaque.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type RunStatus = 'PENDING' | 'RUNNING' | 'WAITING_APPROVAL' | 'SUCCESS' | 'FAILED' | 'CANCELLED';
export type NodeStatus = RunStatus | 'SKIPPED';
export type RiskLevel = 'AUTO' | 'APPROVAL_REQUIRED';

export interface Capability {
  id: string;
  name: string;
  description: string | null;
  inputSchema: JsonObject;
  outputSchema: JsonObject;
}

export interface Agent {
  id: string;
  projectId: number;
  name: string;
  type: string;
  description: string | null;
  entryPath: string;
  version: string;
  riskLevel: RiskLevel;
  registeredAt: string;
  updatedAt: string;
  capabilities?: Capability[];
  effects?: string;
  runtime?: string;
  sandbox?: JsonObject;
}

export interface WorkflowNode {
  id: string;
  agentId: string | null;
  agentName: string | null;
  action: string;
  inputsJson: JsonObject;
  dependsOn: string[];
  approvalRequired: boolean;
  agent?: Agent | null;
  when?: string;
  join?: string;
  retry?: Json;
  timeout?: Json;
  timeoutMs?: number;
  onError?: string;
  approval?: Json;
  position?: { x: number; y: number };
  transform?: Json;
}

export interface Workflow {
  id: string;
  projectId: number;
  name: string;
  description: string | null;
  trigger: Json;
  status: 'ACTIVE' | 'DRAFT' | 'ARCHIVED';
  createdAt: string;
  updatedAt: string;
  version: number;
  nodes: WorkflowNode[];
  definition?: JsonObject;
  nextRunAt?: string | null;
}

export interface Run {
  id: string;
  workflowId: string;
  workflowName?: string | null;
  trigger: string;
  contextJson: Json;
  status: RunStatus;
  startedAt: string;
  finishedAt: string | null;
  error: string | null;
  workflowVersion: number;
  retryOf: string | null;
  workspace: string | null;
  durationMs: number | null;
}

// One attempt of one node.
export interface AgentRun {
  id: string;
  agentId: string | null;
  workflowRunId: string;
  nodeId: string;
  inputJson: Json;
  outputJson: Json;
  status: NodeStatus;
  error: string | null;
  reason: string | null;
  attempt: number;
  createdAt: string;
  startedAt: string;
  finishedAt: string | null;
  durationMs: number | null;
  version: string | null;
  sandbox: JsonObject | null;
  agent: Agent | null;
}

export interface Approval {
  id: string;
  workflowRunId: string;
  nodeId: string;
  status: 'PENDING' | 'APPROVED' | 'REJECTED';
  requestedAt: string;
  respondedAt: string | null;
  respondedBy: string | null;
  notes: string | null;
  expiresAt: string;
  hash: string;
  input: Json;
  agentName: string;
  action: string;
  riskLevel: RiskLevel;
  preview?: { patch?: string } | null;
  workflowRun?: Run & { workflow?: Workflow };
  node?: WorkflowNode;
}

export interface RunDetail extends Run {
  workflow: Workflow | null;
  agentRuns: AgentRun[];
  approvals: Approval[];
}

export interface Waiting {
  nodeId: string;
  reason: string;
  detail: string;
  waitsFor?: string[];
  approvalId?: string;
}

export interface LogLine {
  nodeId: string;
  attempt: number;
  text: string;
}

export interface Health {
  status: string;
  service: string;
  database: boolean;
  nats: boolean;
  timestamp: string;
  [part: string]: Json;
}

export interface Problem {
  path: string;
  line?: number;
  column?: number;
  message: string;
}
