import type { GenFile, GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import type { Message } from "@bufbuild/protobuf";
/**
 * Describes the file arcana/health/v1/health.proto.
 */
export declare const file_arcana_health_v1_health: GenFile;
/**
 * @generated from message arcana.health.v1.CheckRequest
 */
export type CheckRequest = Message<"arcana.health.v1.CheckRequest"> & {};
/**
 * Describes the message arcana.health.v1.CheckRequest.
 * Use `create(CheckRequestSchema)` to create a new message.
 */
export declare const CheckRequestSchema: GenMessage<CheckRequest>;
/**
 * @generated from message arcana.health.v1.CheckResponse
 */
export type CheckResponse = Message<"arcana.health.v1.CheckResponse"> & {
    /**
     * @generated from field: string status = 1;
     */
    status: string;
    /**
     * @generated from field: string version = 2;
     */
    version: string;
};
/**
 * Describes the message arcana.health.v1.CheckResponse.
 * Use `create(CheckResponseSchema)` to create a new message.
 */
export declare const CheckResponseSchema: GenMessage<CheckResponse>;
/**
 * @generated from message arcana.health.v1.WatchRequest
 */
export type WatchRequest = Message<"arcana.health.v1.WatchRequest"> & {};
/**
 * Describes the message arcana.health.v1.WatchRequest.
 * Use `create(WatchRequestSchema)` to create a new message.
 */
export declare const WatchRequestSchema: GenMessage<WatchRequest>;
/**
 * @generated from message arcana.health.v1.WatchResponse
 */
export type WatchResponse = Message<"arcana.health.v1.WatchResponse"> & {
    /**
     * @generated from field: string status = 1;
     */
    status: string;
    /**
     * @generated from field: string version = 2;
     */
    version: string;
    /**
     * @generated from field: repeated arcana.health.v1.Dependency dependencies = 3;
     */
    dependencies: Dependency[];
};
/**
 * Describes the message arcana.health.v1.WatchResponse.
 * Use `create(WatchResponseSchema)` to create a new message.
 */
export declare const WatchResponseSchema: GenMessage<WatchResponse>;
/**
 * @generated from message arcana.health.v1.Dependency
 */
export type Dependency = Message<"arcana.health.v1.Dependency"> & {
    /**
     * @generated from field: string name = 1;
     */
    name: string;
    /**
     * @generated from field: string status = 2;
     */
    status: string;
};
/**
 * Describes the message arcana.health.v1.Dependency.
 * Use `create(DependencySchema)` to create a new message.
 */
export declare const DependencySchema: GenMessage<Dependency>;
/**
 * @generated from service arcana.health.v1.HealthService
 */
export declare const HealthService: GenService<{
    /**
     * @generated from rpc arcana.health.v1.HealthService.Check
     */
    check: {
        methodKind: "unary";
        input: typeof CheckRequestSchema;
        output: typeof CheckResponseSchema;
    };
    /**
     * @generated from rpc arcana.health.v1.HealthService.Watch
     */
    watch: {
        methodKind: "server_streaming";
        input: typeof WatchRequestSchema;
        output: typeof WatchResponseSchema;
    };
}>;
