// What the API answers with, by the names that pages use. Times are ISO 8601, ids opaque.
import type { Json, JsonObject } from './json';
import type { components } from './schema';

export type { Json, JsonObject };

type Schemas = components['schemas'];

export type RunStatus = Schemas['Run']['status'];
export type NodeStatus = Schemas['AgentRun']['status'];
export type RiskLevel = Schemas['Agent']['riskLevel'];
export type Problem = Schemas['Problem'];

// Schemas of schemas: the API checks that they are objects or absent.
export type Capability = Omit<Schemas['Capability'], 'inputSchema' | 'outputSchema'> & {
  inputSchema: JsonObject;
  outputSchema: JsonObject;
};
export type Agent = Omit<Schemas['Agent'], 'capabilities'> & { capabilities?: Capability[] };

export type WorkflowNode = Schemas['Node'];
export type Workflow = Omit<Schemas['Workflow'], 'definition'> & { definition?: JsonObject };

export type Run = Schemas['Run'] & { workflowName?: string | null };
export type AgentRun = Schemas['AgentRun']; // one attempt of one node
export type Approval = Schemas['ApprovalDetail'];
export type RunDetail = Omit<Schemas['RunDetail'], 'workflow'> & { workflow: Workflow | null };
export type Waiting = Schemas['IdleNode'];

export type Health = Schemas['Health'];
export type Overview = Schemas['Overview'];
export type Workspaces = Schemas['Workspaces'];
export type Tally = Schemas['Tally'];
export type Example = Schemas['Example'];

export interface LogLine {
  nodeId: string;
  attempt: number;
  chunk: number; // of the attempt's log, counted from 1
  text: string;
}
